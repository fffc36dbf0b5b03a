-- Methods, data sets and papers that name no page on the web.
SELECT name, kind || concat(', ', year) AS detail, [{'kind': kind, 'key': key, 'name': name}] AS entries
FROM entry
WHERE kind IN ('method', 'dataset', 'paper') AND url IS NULL
ORDER BY kind, name, key
