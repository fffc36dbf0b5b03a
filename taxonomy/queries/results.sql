-- Published numbers of a dataset, of a catalog method, or of both; an empty text asks for any.
SELECT r.dataset, d.name AS dataset_name, r.task, r.split, r.method, r.method_label, r.method_kind, r.method_entry,
    r.backbone, r.metric, r.metric_name, r.k, r.direction, r.value, r.printed, r.source,
    s.title AS source_title, s.arxiv_id AS source_arxiv_id, r.source_table AS "table", r.verified_by, r.notes
FROM result r
JOIN dataset d ON d.key = r.dataset
JOIN result_source s ON s.key = r.source
WHERE ($dataset = '' OR r.dataset = $dataset) AND ($method = '' OR r.method_entry = $method)
ORDER BY s.title, r.source, r.source_table, d.name, r.task, r.split, r.backbone, r.metric_name,
    CASE r.direction WHEN 'higher' THEN -r.value ELSE r.value END, r.method_label, r.notes
