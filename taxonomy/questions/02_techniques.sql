-- Which techniques are used most, and who shares code?
-- Each class of technique with its own methods (not those of classes below), and how many of these have code.
-- chart: bar technique methods
SELECT n.name AS technique, count(*) AS methods, count(m.code_url) AS with_code,
    round(100.0 * count(m.code_url) / count(*), 1) AS percent_with_code
FROM node n
JOIN method_node t ON t.node = n.key
JOIN method m ON m.key = t.method
WHERE n.facet = 'technique'
GROUP BY n.key, n.name
ORDER BY methods DESC, technique
