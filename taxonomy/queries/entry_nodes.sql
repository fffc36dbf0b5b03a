-- The nodes of several entries, given as parallel lists of kinds and keys.
WITH wanted AS (SELECT unnest($kinds) AS kind, unnest($keys) AS key)
SELECT w.kind AS entry_kind, w.key AS entry_key, n.key, n.name, n.facet, n.mark
FROM wanted w
JOIN entry_node e ON e.kind = w.kind AND e.key = w.key
JOIN node n ON n.key = e.node
ORDER BY n.position
