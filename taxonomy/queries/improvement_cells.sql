-- Relative improvements over the non-personalized row, by published row, dataset and metric; pairs without any are absent.
WITH levels AS (
    SELECT m.method, list(m.node ORDER BY n.position) AS levels
    FROM method_node m JOIN node n ON n.key = m.node AND n.facet = 'level'
    GROUP BY m.method
)
SELECT i.method, i.method_label, i.method_kind, i.method_entry, coalesce(i.role, '') AS role, i.dataset, i.dataset_name,
    i.metric_id, i.metric_name, i.direction, count(*) AS comparisons, median(i.gain_percent) AS middle,
    min(i.gain_percent) AS low, max(i.gain_percent) AS high,
    list(DISTINCT [i.source, i.source_title] ORDER BY [i.source, i.source_title]) AS sources, list(i.id ORDER BY i.gain_percent DESC, i.id) AS ids,
    any_value(coalesce(l.levels, [])) AS levels
FROM improvement i LEFT JOIN levels l ON l.method = i.method_entry
WHERE i.gain_percent IS NOT NULL AND ($source = '' OR i.source = $source)
GROUP BY i.method, i.method_label, i.method_kind, i.method_entry, i.role, i.dataset, i.dataset_name, i.metric_id,
    i.metric_name, i.direction
ORDER BY i.method_label, i.method, i.dataset_name, i.metric_name
