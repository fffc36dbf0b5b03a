SELECT * FROM metric WHERE key = $key
