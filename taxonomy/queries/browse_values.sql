-- Every value of every facet with its name, and where its entries stand in browse_pairs.
WITH counted AS (SELECT facet, value, count(*) AS entries FROM entry_facet GROUP BY facet, value),
placed AS (
    SELECT *, sum(entries) OVER (ORDER BY facet, value) - entries AS first FROM counted
)
SELECT p.facet, p.value, p.entries, p.first::BIGINT AS first, coalesce(n.name, d.name) AS name, n.mark, n.depth, n.position
FROM placed p
LEFT JOIN node n ON n.key = p.value AND p.facet IN ('level', 'technique', 'usage', 'application', 'metric_family', 'challenge')
LEFT JOIN dataset d ON d.key = p.value AND p.facet = 'dataset'
ORDER BY p.facet, p.value
