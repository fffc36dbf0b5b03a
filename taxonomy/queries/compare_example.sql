-- The methods that one source compares most often on the same table, dataset, task, split, backbone and metric.
WITH axis AS (
    SELECT DISTINCT source, source_table, dataset, task, split, backbone, metric_id, method_entry AS method
    FROM published
    WHERE method_entry IS NOT NULL
),
broadest AS (
    SELECT source FROM axis GROUP BY source
    ORDER BY count(DISTINCT dataset) * count(DISTINCT method) DESC, source LIMIT 1
)
SELECT method, count(*) AS axes
FROM axis SEMI JOIN broadest USING (source)
GROUP BY method
ORDER BY axes DESC, method
LIMIT $limit
