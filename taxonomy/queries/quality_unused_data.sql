-- Data sets that no method of the catalog names and for which it has no published number.
SELECT name, concat_ws(', ', year, title) AS detail, [{'kind': 'dataset', 'key': key, 'name': name}] AS entries
FROM dataset
WHERE key NOT IN (SELECT dataset FROM method_dataset WHERE dataset IS NOT NULL) AND key NOT IN (SELECT dataset FROM result)
ORDER BY name, key
