-- The words that search reads of every entry: its own texts, other names of it, the names of what it is
-- tagged with, and what people ask for when they mean it.
WITH tag AS (
    SELECT e.kind, e.key, n.name AS word FROM entry_node e JOIN node n ON n.key = e.node
    UNION ALL SELECT 'node', n.key, p.name FROM node n JOIN node p ON p.key = n.parent
    UNION ALL SELECT 'method', method, name FROM method_dataset
    UNION ALL SELECT 'dataset', dataset, task FROM dataset_task
    UNION ALL SELECT 'dataset', key, domain FROM dataset
    UNION ALL SELECT 'metric', metric, replace(need, '_', ' ') FROM metric_need
    UNION ALL SELECT 'metric', metric, library FROM metric_library
    UNION ALL SELECT 'paper', p.paper, e.name FROM entry_paper p JOIN entry e USING (kind, key)
),
tags AS (SELECT kind, key, string_agg(DISTINCT word, '; ' ORDER BY word) AS words FROM tag GROUP BY kind, key),
aliases AS (SELECT node, string_agg(alias, '; ' ORDER BY alias) AS words FROM node_alias GROUP BY node),
phrases AS (SELECT kind, key, list(phrase ORDER BY position) AS asked FROM asked_as GROUP BY kind, key),
venues AS (
    SELECT 'method' AS kind, key, venue FROM method
    UNION ALL SELECT 'dataset', key, venue FROM dataset
    UNION ALL SELECT 'paper', key, venue FROM paper
)
SELECT e.kind, e.key, e.name,
    coalesce(a.words, '') AS aliases,
    CASE WHEN e.title = e.name THEN '' ELSE e.title END AS title,
    concat_ws(' ', nullif(e.summary, ''), nullif(m.caveat, ''), nullif(m.reference, '')) AS summary,
    coalesce(t.words, '') AS tags,
    concat_ws(' ', nullif(e.authors, ''), nullif(v.venue, ''), e.year) AS authors,
    coalesce(p.asked, []) AS asked
FROM entry e
LEFT JOIN aliases a ON e.kind = 'node' AND a.node = e.key
LEFT JOIN metric m ON e.kind = 'metric' AND m.key = e.key
LEFT JOIN tags t ON t.kind = e.kind AND t.key = e.key
LEFT JOIN phrases p ON p.kind = e.kind AND p.key = e.key
LEFT JOIN venues v ON v.kind = e.kind AND v.key = e.key
ORDER BY e.kind, e.key
