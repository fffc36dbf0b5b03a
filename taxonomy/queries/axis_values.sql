-- Every value of an axis: all classes of a tree, else the values that some entry of these kinds has.
SELECT value, any_value(name) AS name, any_value(mark) AS mark, any_value(parent) AS parent, any_value(depth) AS depth,
    max(position) AS position, count(DISTINCT below) = 1 AS leaf
FROM axis_class WHERE axis = $axis GROUP BY value
UNION ALL
SELECT DISTINCT p.value, NULL, NULL, NULL, 1, 0, true
FROM placement p
WHERE p.axis = $axis AND p.kind IN (SELECT unnest($kinds)) AND p.axis NOT IN (SELECT axis FROM axis_class)
ORDER BY position, value
