-- Metrics that a data set or a published number names and the catalog does not have.
SELECT n.metric AS name, 'Named by ' || count(DISTINCT d.key) || ' data sets.' AS detail,
    list_sort(list(DISTINCT {'kind': 'dataset', 'key': d.key, 'name': d.name})) AS entries
FROM (SELECT metric, dataset FROM dataset_metric UNION SELECT metric, dataset FROM result) n
JOIN dataset d ON d.key = n.dataset
WHERE n.metric NOT IN (SELECT key FROM metric)
GROUP BY n.metric
ORDER BY n.metric
