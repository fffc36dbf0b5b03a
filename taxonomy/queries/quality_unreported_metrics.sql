-- Metrics without a published number in the catalog.
SELECT m.name, CASE count(d.dataset) WHEN 0 THEN 'No data set names it either.'
        ELSE 'Named by ' || count(d.dataset) || ' of the data sets.' END AS detail,
    [{'kind': 'metric', 'key': m.key, 'name': m.name}] AS entries
FROM metric m LEFT JOIN dataset_metric d ON d.metric = m.key
WHERE m.key NOT IN (SELECT metric FROM result)
GROUP BY m.key, m.name
ORDER BY m.name, m.key
