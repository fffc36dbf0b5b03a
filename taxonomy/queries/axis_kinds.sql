-- The kinds of entries that stand on both axes, with how many do.
SELECT r.kind, count(DISTINCT r.key) AS entries
FROM placement r JOIN placement c USING (kind, key)
WHERE r.axis = $rows AND c.axis = $columns
GROUP BY r.kind
