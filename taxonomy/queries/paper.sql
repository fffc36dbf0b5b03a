SELECT * FROM paper WHERE key = $key
