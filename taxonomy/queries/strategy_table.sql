-- The second cut: each strategy and each technique leaf with the distinct methods in it.
SELECT coalesce(s.strategy, 'none of the three') AS strategy, n.name AS technique, count(DISTINCT f.key) AS methods, s.reason
FROM strategy s
JOIN node n ON n.key = s.node
LEFT JOIN filed f ON f.node = s.node AND f.kind = 'method'
GROUP BY s.strategy, n.name, s.reason, n.position
ORDER BY n.position
