-- Pairs of one kind that may be one thing: alike in name or in title, without sharing their paper. Compared are those
-- that begin alike.
WITH work AS (
    SELECT kind, key, name, title, arxiv_id, lower(name) AS called, lower(title) AS titled FROM entry
    WHERE kind IN ('method', 'dataset', 'metric')
),
pair AS (
    SELECT a.kind, a.key, b.key AS other FROM work a JOIN work b
        ON a.kind = b.kind AND a.key < b.key AND a.called[:3] = b.called[:3]
    WHERE jaro_winkler_similarity(a.called, b.called) >= 0.95
    UNION
    SELECT a.kind, a.key, b.key FROM work a JOIN work b
        ON a.kind = b.kind AND a.key < b.key AND a.titled[:12] = b.titled[:12] AND a.titled <> b.titled
    WHERE jaro_winkler_similarity(a.titled, b.titled) >= 0.93
)
SELECT a.name || ' and ' || b.name AS name, concat_ws(' / ', nullif(a.title, ''), nullif(b.title, '')) AS detail,
    [{'kind': a.kind, 'key': a.key, 'name': a.name}, {'kind': b.kind, 'key': b.key, 'name': b.name}] AS entries
FROM pair p JOIN work a ON a.kind = p.kind AND a.key = p.key JOIN work b ON b.kind = p.kind AND b.key = p.other
WHERE a.arxiv_id IS DISTINCT FROM b.arxiv_id OR a.arxiv_id IS NULL
ORDER BY a.kind, a.name, b.name
