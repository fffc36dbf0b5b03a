-- Everything that the graph has a point for: methods, datasets, metrics, and the classes below the roots of their trees.
SELECT e.kind, e.key, e.name, e.year, e.results, coalesce(n.facet, '') AS facet, coalesce(e.mark, '') AS mark,
    coalesce((
        SELECT list(v.node ORDER BY v.node)
        FROM entry_node v JOIN node l ON l.key = v.node AND l.facet = 'level'
        WHERE v.kind = e.kind AND v.key = e.key
    ), []) AS levels
FROM entry e LEFT JOIN node n ON e.kind = 'node' AND n.key = e.key
WHERE e.kind IN ('method', 'dataset', 'metric') OR n.parent IS NOT NULL
ORDER BY e.kind, e.key
