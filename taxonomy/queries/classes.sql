-- Every class of the taxonomy in the order of a walk, parents before children.
SELECT n.key, n.name, n.facet, n.mark, n.parent, n.depth, n.definition, n.section, n.section_mark,
    NOT EXISTS (SELECT 1 FROM node c WHERE c.parent = n.key) AS leaf
FROM node n
ORDER BY n.position
