-- What happens with a wrong user's data?
-- Published rows that were given another user's data, beside the best method row of the same axis and backbone.
-- chart: none
WITH best AS (
    SELECT * FROM published
    WHERE method_kind IN ('method', 'variant') AND role IS NULL
    QUALIFY row_number() OVER (
        PARTITION BY source, source_table, dataset, task, split, metric_name, backbone
        ORDER BY CASE direction WHEN 'higher' THEN -value ELSE value END, method_label
    ) = 1
)
SELECT p.dataset_name AS dataset, p.source_title AS source, p.source_table, p.split, p.metric_name AS metric, p.direction,
    p.backbone, p.method_label AS wrong_user, p.value AS with_wrong_user, b.method_label AS best_method,
    b.value AS with_right_user,
    round(CASE p.direction WHEN 'higher' THEN b.value - p.value ELSE p.value - b.value END, 4) AS right_is_better_by
FROM published p
LEFT JOIN best b ON (b.source, b.source_table, b.dataset, b.task, b.split, b.metric_name, b.backbone)
    = (p.source, p.source_table, p.dataset, p.task, p.split, p.metric_name, p.backbone)
WHERE p.role = 'wrong user'
ORDER BY dataset, source, p.source_table, metric, wrong_user
