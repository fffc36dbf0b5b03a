-- Which techniques are combined?
-- Pairs of techniques that one method uses, by how many methods do.
-- chart: bar pair methods
SELECT a.name || ' + ' || b.name AS pair, count(*) AS methods, string_agg(m.name, ', ' ORDER BY m.year DESC, m.name) AS which
FROM method m
JOIN method_node s ON s.method = m.key JOIN node a ON a.key = s.node AND a.facet = 'technique'
JOIN method_node t ON t.method = m.key JOIN node b ON b.key = t.node AND b.facet = 'technique' AND a.position < b.position
GROUP BY a.key, b.key, a.name, b.name
ORDER BY methods DESC, pair
LIMIT 30
