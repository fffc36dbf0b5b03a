-- On which data sets has most been published?
-- Published numbers, sources and rows of each data set. Numbers of different sources are not to be compared with each other.
-- chart: bar dataset numbers
SELECT d.name AS dataset, count(*) AS numbers, count(DISTINCT r.source) AS sources,
    count(DISTINCT r.method) AS labels, count(DISTINCT r.metric) AS metrics
FROM result r JOIN dataset d ON d.key = r.dataset
GROUP BY d.key, d.name
ORDER BY numbers DESC, dataset
