-- The published numbers that belong on an entry's page, and all rows that stand beside them. Of a method: the axes on which
-- it or a variant has a row. Of a dataset: its own rows, and those of the parts of a family, which share its paper and whose
-- keys go on where its own ends. Of a metric: the rows in it. Of a paper: the rows that it prints.
WITH wanted AS (
    SELECT DISTINCT r.source, r.source_table, r.dataset, r.task, r.split, r.metric, r.k
    FROM result r JOIN result_source s ON s.key = r.source
    WHERE ($kind = 'method' AND r.method_entry = $key)
    OR ($kind = 'metric' AND r.metric = $key)
    OR ($kind = 'paper' AND s.paper = $key)
    OR ($kind = 'dataset' AND (r.dataset = $key OR (r.dataset LIKE $key || '-%' AND EXISTS (
        FROM entry_paper a JOIN entry_paper b ON b.paper = a.paper
        WHERE a.kind = 'dataset' AND b.kind = 'dataset' AND a.key = $key AND b.key = r.dataset
    ))))
)
SELECT r.dataset, d.name AS dataset_name, r.task, r.split, r.method, r.method_label, r.method_kind, r.method_entry,
    r.backbone, r.metric, r.metric_name, r.k, r.direction, r.value, r.printed, r.source,
    s.title AS source_title, s.arxiv_id AS source_arxiv_id, r.source_table AS "table", r.verified_by, r.notes
FROM result r
JOIN wanted w ON w.source = r.source AND w.source_table = r.source_table AND w.dataset = r.dataset AND w.task = r.task
    AND w.split = r.split AND w.metric = r.metric AND w.k IS NOT DISTINCT FROM r.k
JOIN dataset d ON d.key = r.dataset
JOIN result_source s ON s.key = r.source
ORDER BY s.title, r.source, r.source_table, d.name, r.task, r.split, r.backbone, r.metric_name,
    CASE r.direction WHEN 'higher' THEN -r.value ELSE r.value END, r.method_label, r.notes
