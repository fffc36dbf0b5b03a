-- Methods and data sets for which no public code was found.
SELECT name, concat_ws(', ', kind, year, nullif(title, name)) AS detail, [{'kind': kind, 'key': key, 'name': name}] AS entries
FROM entry
WHERE kind IN ('method', 'dataset') AND code_url IS NULL
ORDER BY kind, name, key
