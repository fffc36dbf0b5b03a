SELECT DISTINCT p.key AS paper, p.title, p.authors, p.year, p.venue, p.arxiv_id, p.url
FROM paper p LEFT JOIN entry_paper e ON e.paper = p.key
WHERE (e.kind = $kind AND e.key = $key) OR ($kind = 'paper' AND p.key = $key)
ORDER BY p.key
