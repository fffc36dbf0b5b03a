-- Which methods could I reproduce?
-- Methods with code that use data of this catalog whose address is known, the newest first.
-- chart: none
SELECT m.name AS method, m.year, m.venue, string_agg(DISTINCT d.name, ', ' ORDER BY d.name) AS datasets,
    m.code_url, 'https://arxiv.org/abs/' || m.arxiv_id AS paper
FROM method m
JOIN method_dataset u ON u.method = m.key
JOIN dataset d ON d.key = u.dataset AND d.data_url IS NOT NULL
WHERE m.code_url IS NOT NULL
GROUP BY m.key, m.name, m.year, m.venue, m.code_url, m.arxiv_id
ORDER BY m.year DESC, m.name
