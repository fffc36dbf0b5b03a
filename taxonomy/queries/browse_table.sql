-- Entries that meet every condition on their facets (one of the options, or none of them), and that a search found, if there was one.
WITH condition AS (
    SELECT unnest($facets::VARCHAR[]) AS facet, unnest($options::VARCHAR[][]) AS options, unnest($negated::BOOLEAN[]) AS negated
),
tagged AS (
    SELECT f.entry, c.facet, c.options, c.negated
    FROM entry_facet f JOIN condition c ON c.facet = f.facet AND list_contains(c.options, f.value)
    GROUP BY ALL
),
met AS (
    SELECT entry, count(*) FILTER (NOT negated) AS positive, count(*) FILTER (negated) AS negative FROM tagged GROUP BY entry
)
SELECT e.kind, e.key, e.name, e.title, e.authors, e.year, e.venue, e.summary, e.results AS published_numbers, e.links,
    e.arxiv_id, e.url, e.code_url, e.data_url
FROM entry e LEFT JOIN met ON met.entry = e.id
WHERE coalesce(met.positive, 0) = (SELECT count(*) FROM (SELECT DISTINCT facet, options FROM condition WHERE NOT negated))
    AND coalesce(met.negative, 0) = 0
    AND ($found::INTEGER[] IS NULL OR list_contains($found::INTEGER[], e.id))
ORDER BY
    list_position($found::INTEGER[], e.id),
    CASE WHEN $sort = 'year' AND NOT $descending THEN e.year END ASC NULLS LAST,
    CASE WHEN $sort = 'year' AND $descending THEN e.year END DESC NULLS LAST,
    CASE WHEN $sort IN ('results', 'best') AND ($descending OR $sort = 'best') THEN e.results END DESC,
    CASE WHEN $sort = 'results' AND NOT $descending THEN e.results END ASC,
    CASE WHEN $sort IN ('links', 'best') AND ($descending OR $sort = 'best') THEN e.links END DESC,
    CASE WHEN $sort = 'links' AND NOT $descending THEN e.links END ASC,
    CASE WHEN $sort = 'name' AND $descending THEN e.id END DESC,
    e.id
