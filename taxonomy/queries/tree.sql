SELECT n.key, n.name, n.facet, n.mark, n.parent, n.depth, n.definition,
    count(DISTINCT e.key) FILTER (WHERE e.kind = 'method') AS methods,
    count(DISTINCT e.key) FILTER (WHERE e.kind = 'dataset') AS datasets,
    count(DISTINCT e.key) FILTER (WHERE e.kind = 'metric') AS metrics
FROM node n
JOIN node_ancestor a ON a.ancestor = n.key
LEFT JOIN entry_node e ON e.node = a.node
WHERE n.facet = $facet
GROUP BY n.key, n.name, n.facet, n.mark, n.parent, n.depth, n.definition, n.position
ORDER BY n.position
