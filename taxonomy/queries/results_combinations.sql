-- How many numbers of a dataset each combination of source, task, split, backbone and metric has; a dash is no backbone.
SELECT source, source_title, task, split, coalesce(nullif(backbone, ''), '-') AS backbone, metric_id AS metric, metric_name,
    count(*) AS numbers
FROM published
WHERE dataset = $dataset
GROUP BY ALL
ORDER BY ALL
