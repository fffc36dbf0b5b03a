-- The classes above a class, from the root down.
SELECT n.key, n.name, n.facet, n.mark
FROM node_ancestor a JOIN node n ON n.key = a.ancestor
WHERE a.node = $key AND a.ancestor <> $key
ORDER BY n.depth
