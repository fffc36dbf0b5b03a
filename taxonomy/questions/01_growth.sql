-- How has each level grown?
-- Methods by year of publication. A method of two levels counts in both; the last year is not over.
-- chart: line year methods level
SELECT m.year, n.name AS level, count(*) AS methods
FROM method m
JOIN method_node t ON t.method = m.key
JOIN node n ON n.key = t.node AND n.facet = 'level' AND n.parent IS NOT NULL
WHERE m.year >= 2018
GROUP BY ALL
ORDER BY m.year, level
