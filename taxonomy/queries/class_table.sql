-- The classes at and below one (of the whole taxonomy where $root is empty) with the distinct things at or below each.
SELECT n.name AS class, coalesce(p.name, '') AS below,
    count(DISTINCT t.id) FILTER (t.measure = 'method') AS methods,
    count(DISTINCT t.id) FILTER (t.measure = 'dataset') AS datasets,
    count(DISTINCT t.id) FILTER (t.measure = 'metric') AS metrics,
    count(DISTINCT t.id) FILTER (t.measure = 'result') AS published_numbers,
    n.mark, n.key
FROM node n
JOIN node_ancestor within ON within.node = n.key AND within.ancestor = CASE $root WHEN '' THEN n.key ELSE $root END
LEFT JOIN node p ON p.key = n.parent
LEFT JOIN class_above a ON a.ancestor = n.key
LEFT JOIN thing t ON t.node = a.node
GROUP BY n.name, p.name, n.mark, n.key, n.position
ORDER BY n.position
