-- Papers whose year lies before the year that their arXiv identifier tells.
SELECT p.title AS name, 'Year ' || p.year || ', first posted in ' || (2000 + p.arxiv_id[:2]::INTEGER) || ' by its arXiv identifier.'
        AS detail,
    list({'kind': e.kind, 'key': e.key, 'name': e.name} ORDER BY e.kind, e.key) AS entries
FROM paper p JOIN entry_paper d ON d.paper = p.key JOIN entry e ON e.kind = d.kind AND e.key = d.key
WHERE p.arxiv_id IS NOT NULL AND p.year < 2000 + p.arxiv_id[:2]::INTEGER
GROUP BY p.key, p.title, p.year, p.arxiv_id
ORDER BY p.title
