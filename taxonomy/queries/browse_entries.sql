-- Every entry in the order of its number.
SELECT kind, key FROM entry ORDER BY id
