-- The papers of several entries, given as parallel lists of kinds and keys, each once, in the order of the entries.
WITH wanted AS (SELECT unnest($kinds) AS kind, unnest($keys) AS key, generate_subscripts($kinds, 1) AS place),
named AS (
    SELECT w.place, e.paper FROM wanted w JOIN entry_paper e USING (kind, key)
    UNION ALL SELECT w.place, w.key FROM wanted w WHERE w.kind = 'paper'
)
SELECT p.key AS paper, p.title, p.authors, p.year, p.venue, p.arxiv_id, p.url
FROM named n JOIN paper p ON p.key = n.paper
GROUP BY ALL
ORDER BY min(n.place), p.key
