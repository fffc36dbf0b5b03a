-- The entries of some cells of a coverage table, given as parallel lists of rows and columns; the rest as in coverage.sql.
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
),
cell AS (SELECT unnest($cell_rows) AS row, unnest($cell_columns) AS col)
SELECT cell.row, cell.col, e.kind, e.key, e.name, e.year, e.results, e.summary
FROM cell
JOIN standing r ON r.axis = $rows AND r.value = cell.row
JOIN standing c ON c.axis = $columns AND c.value = cell.col AND c.kind = r.kind AND c.key = r.key
JOIN entry e ON e.kind = r.kind AND e.key = r.key
ORDER BY cell.row, cell.col, e.results DESC, e.year DESC NULLS LAST, e.name, e.kind, e.key
