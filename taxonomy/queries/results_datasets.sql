-- The datasets that published numbers stand on, those of most sources first.
SELECT dataset AS value, dataset_name AS label, count(*) AS numbers, count(DISTINCT source) AS sources
FROM published
GROUP BY dataset, dataset_name
ORDER BY sources DESC, numbers DESC, value
