-- The sources that entries of these kinds name, with how many entries name each.
SELECT source, count(DISTINCT (kind, key)) AS entries, count(*) OVER () AS sources
FROM entry_source WHERE kind IN (SELECT unnest($kinds))
GROUP BY source
ORDER BY entries DESC, source
LIMIT $limit
