-- Entries by row and column; a row without a column is the total of that row, and so on. With `finest`, an entry stands
-- at its finest classes, else at the classes right below the root. Where `some`, only the listed entries count.
WITH listed AS (SELECT unnest($only_kinds) AS kind, unnest($only_keys) AS key),
chosen AS (
    SELECT e.kind, e.key FROM entry e
    WHERE e.kind IN (SELECT unnest($kinds)) AND (NOT $some OR (e.kind, e.key) IN (SELECT (kind, key) FROM listed))
),
placed AS (
    SELECT DISTINCT p.axis, p.kind, p.key, p.value
    FROM placement p
    JOIN chosen USING (kind, key)
    LEFT JOIN (SELECT DISTINCT axis, value, depth FROM axis_class) c ON c.axis = p.axis AND c.value = p.value
    WHERE p.axis IN ($rows, $columns) AND ($finest OR coalesce(c.depth, 1) = 1)
),
standing AS (
    SELECT * FROM placed p
    WHERE NOT $finest OR NOT EXISTS (
        SELECT 1 FROM placed q JOIN axis_class c ON c.axis = q.axis AND c.below = q.value
        WHERE q.kind = p.kind AND q.key = p.key AND q.axis = p.axis AND c.value = p.value AND q.value <> p.value
    )
)
SELECT r.value AS row, c.value AS col, count(DISTINCT (r.kind, r.key)) AS entries, (SELECT count(*) FROM chosen) AS asked
FROM standing r JOIN standing c USING (kind, key)
WHERE r.axis = $rows AND c.axis = $columns
GROUP BY GROUPING SETS ((r.value, c.value), (r.value), (c.value), ())
ORDER BY ALL
