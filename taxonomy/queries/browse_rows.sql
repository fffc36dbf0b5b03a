SELECT e.kind, e.key, e.name, e.title, e.authors, e.year, e.summary, e.mark, e.url, e.code_url, e.arxiv_id,
    e.in_survey, e.results, count(*) OVER () AS total
FROM matching($words, $facets, $options) m JOIN entry e USING (kind, key)
WHERE len(m.satisfied) = $chosen
ORDER BY
    CASE WHEN $sort = 'best' THEN -m.score END,
    CASE WHEN $sort = 'year' AND NOT $descending THEN e.year END ASC NULLS LAST,
    CASE WHEN $sort = 'year' AND $descending THEN e.year END DESC NULLS LAST,
    CASE WHEN $sort = 'results' AND NOT $descending THEN e.results END ASC NULLS LAST,
    CASE WHEN $sort = 'results' AND $descending THEN e.results END DESC NULLS LAST,
    CASE WHEN $sort = 'name' AND $descending THEN e.name_folded END DESC NULLS LAST,
    e.name_folded, e.kind, e.key
LIMIT $limit OFFSET $offset
