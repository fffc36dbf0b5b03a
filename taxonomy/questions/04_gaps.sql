-- Which pairs of level and technique have no method here?
-- Pairs without a row in this catalog, the techniques with most methods first. This says nothing about the literature.
-- chart: none
WITH tag AS (
    SELECT t.method, n.key, n.name, n.facet, n.parent FROM method_node t JOIN node n ON n.key = t.node
),
technique AS (SELECT key, name, count(*) AS methods FROM tag WHERE facet = 'technique' GROUP BY ALL),
level AS (SELECT DISTINCT key, name FROM tag WHERE facet = 'level'),
studied AS (
    SELECT DISTINCT a.key AS level, b.key AS technique
    FROM tag a JOIN tag b USING (method)
    WHERE a.facet = 'level' AND b.facet = 'technique'
)
SELECT level.name AS level, technique.name AS technique, technique.methods AS methods_at_other_levels
FROM level CROSS JOIN technique
WHERE NOT EXISTS (SELECT 1 FROM studied s WHERE s.level = level.key AND s.technique = technique.key)
ORDER BY methods_at_other_levels DESC, technique.name, level.name
