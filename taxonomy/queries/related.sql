-- Other entries that are near to one, with the reasons in words, strongest first.
WITH own_leaf AS (
    SELECT e.node, n.facet, n.name FROM entry_node e JOIN node n ON n.key = e.node
    WHERE e.kind = $kind AND e.key = $key
),
shared AS ( -- tags in common, by entry
    SELECT o.kind, o.key, l.facet, string_agg(l.name, ', ' ORDER BY l.name) AS names, count(*) AS number
    FROM own_leaf l JOIN entry_node o USING (node)
    GROUP BY o.kind, o.key, l.facet
),
reason AS (
    SELECT target_kind AS kind, target AS key, 100 AS weight, 'the same paper' AS words
    FROM link WHERE kind = $kind AND link.key = $key AND relation = 'shares its paper with'
    UNION ALL
    SELECT target_kind, target, 90, CASE relation WHEN 'describes' THEN 'described by this paper'
        WHEN 'holds' THEN 'in this class' ELSE 'addresses it' END
    FROM link WHERE kind = $kind AND link.key = $key AND $kind IN ('paper', 'node') AND target IS NOT NULL
    UNION ALL
    SELECT t.kind, t.key, 10 * t.number, 'the same technique (' || t.names || ') and level (' || v.names || ')'
    FROM shared t JOIN shared v ON t.kind = v.kind AND t.key = v.key
    WHERE t.facet = 'technique' AND v.facet = 'level' AND $kind = 'method'
    UNION ALL
    SELECT kind, key, 10, 'the same family (' || names || ')' FROM shared WHERE facet = 'evaluation' AND $kind = 'metric'
    UNION ALL
    SELECT 'method', o.method, 6 * count(DISTINCT d.key), 'the same data (' || string_agg(DISTINCT d.name, ', ') || ')'
    FROM method_dataset m JOIN method_dataset o ON o.dataset = m.dataset JOIN dataset d ON d.key = m.dataset
    WHERE $kind = 'method' AND m.method = $key
    GROUP BY o.method
    UNION ALL
    SELECT 'dataset', o.dataset, 8 * count(DISTINCT t.task), 'the same task (' || string_agg(DISTINCT t.task, ', ') || ')'
    FROM dataset_task t JOIN dataset_task o ON o.task = t.task
    WHERE $kind = 'dataset' AND t.dataset = $key
    GROUP BY o.dataset
    UNION ALL
    SELECT 'dataset', o.dataset, 3 * count(DISTINCT m.method), 'used together by ' || count(DISTINCT m.method) || CASE count(DISTINCT m.method) WHEN 1 THEN ' method' ELSE ' methods' END
    FROM method_dataset m JOIN method_dataset o ON o.method = m.method
    WHERE $kind = 'dataset' AND m.dataset = $key AND o.dataset IS NOT NULL
    GROUP BY o.dataset
    UNION ALL
    SELECT 'dataset', o.dataset, count(*), 'the same metrics (' || string_agg(t.name, ', ' ORDER BY t.name) || ')'
    FROM dataset_metric m JOIN dataset_metric o USING (metric) JOIN metric t ON t.key = m.metric
    WHERE $kind = 'dataset' AND m.dataset = $key
    GROUP BY o.dataset
    UNION ALL
    SELECT 'metric', o.metric, 2 * count(*), 'measured together on ' || count(*) || CASE count(*) WHEN 1 THEN ' dataset' ELSE ' datasets' END
    FROM dataset_metric m JOIN dataset_metric o USING (dataset)
    WHERE $kind = 'metric' AND m.metric = $key
    GROUP BY o.metric
    UNION ALL
    SELECT 'node', o.key, CASE WHEN o.parent IS NOT DISTINCT FROM n.parent THEN 95 ELSE 97 END,
        CASE WHEN o.key = n.parent THEN 'the class above' WHEN o.parent = n.key THEN 'a class below' ELSE 'beside it' END
    FROM node n JOIN node o ON o.key = n.parent OR o.parent = n.key OR (o.parent = n.parent)
    WHERE $kind = 'node' AND n.key = $key
)
SELECT e.kind, e.key, e.name, string_agg(DISTINCT r.words, '; ' ORDER BY r.words) AS reason, sum(r.weight) AS weight
FROM reason r JOIN entry e USING (kind, key), (SELECT any_value(year) AS year FROM entry WHERE kind = $kind AND entry.key = $key) own
WHERE NOT (e.kind = $kind AND e.key = $key)
GROUP BY e.kind, e.key, e.name, e.year, own.year
ORDER BY weight DESC, abs(coalesce(e.year, 0) - coalesce(own.year, 0)), e.key, e.kind
LIMIT $limit
