-- What is the best published row on each LaMP task, source by source?
-- The best number of each source, table, split and metric, whatever the metric's direction; controls are left out.
-- chart: none
SELECT d.name AS dataset, r.source, r.source_table, r.split, r.metric_name AS metric, r.direction,
    r.method_label AS best_row, r.backbone, r.printed AS value
FROM result r JOIN dataset d ON d.key = r.dataset
WHERE d.name ILIKE 'LaMP%' AND r.method_kind NOT LIKE 'control%'
QUALIFY row_number() OVER (
    PARTITION BY r.source, r.source_table, r.dataset, r.split, r.metric_name
    ORDER BY CASE r.direction WHEN 'higher' THEN -r.value ELSE r.value END, r.method_label, r.backbone
) = 1
ORDER BY d.name, r.source, r.source_table, r.split, r.metric_name
