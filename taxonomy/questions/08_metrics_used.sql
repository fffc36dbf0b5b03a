-- Which metrics are used most, and what do they need?
-- Data sets that name each metric, and published numbers in it.
-- chart: bar metric datasets
SELECT m.name AS metric, m.direction, count(DISTINCT d.dataset) AS datasets,
    (SELECT count(*) FROM result r WHERE r.metric = m.key) AS numbers,
    (SELECT string_agg(need, ', ' ORDER BY need) FROM metric_need n WHERE n.metric = m.key) AS needs
FROM metric m LEFT JOIN dataset_metric d ON d.metric = m.key
GROUP BY m.key, m.name, m.direction
ORDER BY datasets DESC, numbers DESC, metric
LIMIT 25
