-- Methods for which no data set is known, neither by name nor by a published number.
SELECT name, concat_ws(', ', year, title) AS detail, [{'kind': 'method', 'key': key, 'name': name}] AS entries
FROM method
WHERE key NOT IN (SELECT method FROM method_dataset) AND key NOT IN (SELECT method_entry FROM result WHERE method_entry IS NOT NULL)
ORDER BY name, key
