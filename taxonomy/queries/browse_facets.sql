-- Every value of every facet with the entries that choosing it would show: a facet's own choice does not count.
SELECT f.facet, f.value, n.name, n.mark, n.depth, n.position,
    count(*) FILTER (
        WHERE m.kind IS NOT NULL
        AND len(m.satisfied) - list_contains(m.satisfied, f.facet)::INTEGER
            = $chosen - list_contains($facets, f.facet)::INTEGER
    ) AS entries
FROM entry_facet f
LEFT JOIN matching($words, $facets, $options) m USING (kind, key)
LEFT JOIN node n ON n.key = f.value AND f.facet IN ('level', 'technique', 'usage', 'application', 'metric_family')
GROUP BY ALL
ORDER BY f.facet, n.position, f.value
