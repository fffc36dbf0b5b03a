-- Classes without a class below them that hold no method, data set or metric, and that none addresses.
SELECT n.name, n.facet || ', ' || n.mark AS detail, [{'kind': 'node', 'key': n.key, 'name': n.name}] AS entries
FROM node n
WHERE n.key NOT IN (SELECT parent FROM node WHERE parent IS NOT NULL)
    AND n.key NOT IN (SELECT node FROM entry_node)
    AND n.key NOT IN (SELECT challenge FROM challenge_method)
ORDER BY n.position
