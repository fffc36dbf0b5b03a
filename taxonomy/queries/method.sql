SELECT * FROM method WHERE key = $key
