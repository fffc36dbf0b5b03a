SELECT * FROM dataset WHERE key = $key
