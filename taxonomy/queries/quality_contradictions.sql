-- Published numbers of one data set, task, split, row, backbone and metric that differ without a note that says why.
SELECT min(r.method_label) || ' on ' || d.name || ', ' || min(r.metric_name) AS name,
    string_agg(DISTINCT r.printed || ' in ' || r.source || ', ' || r.source_table, '; ' ORDER BY r.printed || ' in ' || r.source || ', ' || r.source_table) AS detail,
    [{'kind': 'dataset', 'key': d.key, 'name': d.name}] AS entries
FROM result r JOIN dataset d ON d.key = r.dataset
GROUP BY d.key, d.name, r.task, r.split, r.method, r.backbone, r.metric, r.k, r.notes
HAVING count(DISTINCT r.value) > 1
ORDER BY name
