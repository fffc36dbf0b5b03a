-- The sources of published numbers with how many numbers and data sets each gives.
SELECT s.key, s.title, s.arxiv_id, s.verified_by, s.note, count(r.source) AS numbers, count(DISTINCT r.dataset) AS datasets
FROM result_source s LEFT JOIN result r ON r.source = s.key
GROUP BY ALL
ORDER BY numbers DESC, s.title
