-- Published numbers beside the non-personalized row of the same source, table, dataset, task, split, backbone and
-- metric, and what is known where there is none. An empty text or list is no choice, a dash no backbone.
WITH shown AS (
    SELECT * FROM improvement
    WHERE ($dataset = '' OR dataset = $dataset)
        AND ($source = '' OR source = $source)
        AND ($task = '' OR task = $task)
        AND ($split = '' OR split = $split)
        AND ($backbone = '' OR coalesce(nullif(backbone, ''), '-') = $backbone)
        AND ($metric = '' OR metric_id = $metric)
        AND (len($ids) = 0 OR list_contains($ids, id))
        AND (len($methods) = 0 OR list_contains($methods, method_entry))
),
reviewed AS (
    SELECT source, source_table, dataset, task, split, backbone, metric_id, method_label, method_kind, role, role_reason
    FROM published
    WHERE role IN ('non-personalized', 'not stated') AND source IN (SELECT source FROM shown)
),
elsewhere AS (
    SELECT s.id,
        list(DISTINCT r.backbone ORDER BY r.backbone) FILTER (
            r.role = 'non-personalized' AND r.source_table = s.source_table AND r.split = s.split
        ) AS other_backbones,
        list(DISTINCT r.split ORDER BY r.split) FILTER (
            r.role = 'non-personalized' AND r.source_table = s.source_table AND r.split <> s.split
        ) AS other_splits,
        list(DISTINCT r.source_table ORDER BY r.source_table) FILTER (
            r.role = 'non-personalized' AND r.source_table <> s.source_table
        ) AS other_tables,
        list_sort(list(DISTINCT [r.method_label, r.role_reason]) FILTER (
            r.role = 'not stated' AND r.method_kind = 'baseline' AND r.source_table = s.source_table
            AND r.split = s.split AND r.backbone = s.backbone
        )) AS doubtful
    FROM shown s
    JOIN reviewed r ON r.source = s.source AND r.dataset = s.dataset AND r.task = s.task AND r.metric_id = s.metric_id
    WHERE s.baseline_id IS NULL
    GROUP BY s.id
),
levels AS (
    SELECT m.method, list(m.node ORDER BY n.position) AS levels
    FROM method_node m JOIN node n ON n.key = m.node AND n.facet = 'level'
    GROUP BY m.method
)
SELECT s.id, s.dataset, s.dataset_name, s.task, s.split, s.method, s.method_label, s.method_kind, s.method_entry,
    s.backbone, s.metric, s.metric_id, s.metric_name, s.k, s.direction, s.value, s.printed, s.source, s.source_title,
    s.source_arxiv_id, s.source_paper, s.source_note, s.source_table AS "table", s.verified_by, s.notes,
    s.role, s.role_reason, s.baseline_id, s.baseline, s.baseline_printed, s.baseline_notes, s.gain, s.gain_percent,
    coalesce(e.other_backbones, []) AS other_backbones, coalesce(e.other_tables, []) AS other_tables,
    coalesce(e.other_splits, []) AS other_splits,
    coalesce(e.doubtful, []) AS doubtful, coalesce(l.levels, []) AS levels
FROM shown s
LEFT JOIN elsewhere e ON e.id = s.id
LEFT JOIN levels l ON l.method = s.method_entry
ORDER BY s.source_title, s.source, s.dataset_name, s.task, s.split, s.metric_name,
    CASE s.direction WHEN 'higher' THEN -s.value ELSE s.value END, s.method_label, s.source_table, s.backbone, s.notes
