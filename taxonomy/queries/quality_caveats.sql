-- Entries that state a doubt of their own.
SELECT name, kind || ': ' || caveat AS detail, [{'kind': kind, 'key': key, 'name': name}] AS entries
FROM (
    SELECT 'method' AS kind, key, name, caveat FROM method
    UNION ALL SELECT 'dataset', key, name, caveat FROM dataset
    UNION ALL SELECT 'metric', key, name, caveat FROM metric
)
WHERE caveat <> ''
ORDER BY kind, name, key
