SELECT key, name FROM entry WHERE kind = $kind ORDER BY key
