SELECT n.*, p.name AS parent_name, p.facet AS parent_facet, p.mark AS parent_mark
FROM node n LEFT JOIN node p ON p.key = n.parent
WHERE n.key = $key
