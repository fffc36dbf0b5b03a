-- How many distinct things stand at or below each class, how many exactly at it, and how many of them at each level.
-- A published number has the levels of its method.
WITH own_level AS (
    SELECT t.measure, t.id, t.node AS level FROM thing t JOIN node n ON n.key = t.node
    WHERE n.facet = 'level' AND t.measure <> 'result'
    UNION ALL
    SELECT 'result', CAST(r.rowid AS VARCHAR), f.node
    FROM result r
    JOIN filed f ON f.kind = 'method' AND f.key = r.method_entry
    JOIN node n ON n.key = f.node AND n.facet = 'level'
),
standing AS (
    SELECT a.ancestor AS class, t.measure, t.id, bool_or(t.node = a.ancestor) AS here
    FROM thing t JOIN class_above a USING (node)
    GROUP BY ALL
)
SELECT class, measure, '' AS level, count(*) AS things, count(*) FILTER (here) AS own FROM standing GROUP BY ALL
UNION ALL
SELECT s.class, s.measure, coalesce(l.level, 'none'), count(*), count(*) FILTER (s.here)
FROM standing s LEFT JOIN own_level l USING (measure, id)
GROUP BY ALL
ORDER BY class, measure, level
