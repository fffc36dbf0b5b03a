-- Every fact that links two points of the graph, once, read from its first end, with what its sentence needs:
-- `detail` and `note` of the fact, `read_in` its source, `arxiv_id` where the source has one, `mark` of a class.
WITH read_in AS (
    SELECT kind, key, string_agg(source, '; ' ORDER BY position) AS sources FROM entry_source GROUP BY kind, key
),
published AS (
    SELECT r.source, r.dataset, r.method_entry, r.metric, count(*) AS numbers,
        string_agg(DISTINCT r.metric_name, ', ' ORDER BY r.metric_name) AS metrics,
        string_agg(DISTINCT r.source_table, ', ' ORDER BY r.source_table) AS tables,
        string_agg(DISTINCT r.verified_by, '; ' ORDER BY r.verified_by) AS verified
    FROM result r
    GROUP BY GROUPING SETS ((r.source, r.dataset, r.method_entry), (r.source, r.dataset, r.metric))
),
fact AS (
    SELECT 'uses the data' AS relation, 'method' AS kind, m.method AS key, 'dataset' AS target_kind, m.dataset AS target,
        string_agg(DISTINCT m.name, ', ' ORDER BY m.name) AS detail,
        coalesce(string_agg(DISTINCT nullif(m.note, ''), ' ' ORDER BY nullif(m.note, '')), '') AS note,
        s.sources AS read_in, NULL AS arxiv_id, '' AS mark
    FROM method_dataset m LEFT JOIN read_in s ON s.kind = 'method' AND s.key = m.method
    WHERE m.dataset IS NOT NULL
    GROUP BY m.method, m.dataset, s.sources
    UNION ALL
    SELECT 'is measured by', 'dataset', d.dataset, 'metric', d.metric, '', '', s.sources, NULL, ''
    FROM dataset_metric d LEFT JOIN read_in s ON s.kind = 'dataset' AND s.key = d.dataset
    UNION ALL
    SELECT 'belongs to', e.kind, e.key, 'node', e.node, n.facet, '', s.sources, NULL, n.mark
    FROM entry_node e JOIN node n ON n.key = e.node LEFT JOIN read_in s ON s.kind = e.kind AND s.key = e.key
    UNION ALL
    SELECT 'has published numbers on', 'method', p.method_entry, 'dataset', p.dataset, p.metrics,
        p.numbers || ' in ' || p.tables, s.title || ' (read in: ' || p.verified || ')', s.arxiv_id, ''
    FROM published p JOIN result_source s ON s.key = p.source
    WHERE p.method_entry IS NOT NULL
    UNION ALL
    SELECT 'has published numbers in', 'dataset', p.dataset, 'metric', p.metric, p.metrics,
        p.numbers || ' in ' || p.tables, s.title || ' (read in: ' || p.verified || ')', s.arxiv_id, ''
    FROM published p JOIN result_source s ON s.key = p.source
    WHERE p.metric IS NOT NULL
    UNION ALL
    SELECT 'shares its paper with', a.kind, a.key, b.kind, b.key, p.title, coalesce(p.url, ''), s.sources, p.arxiv_id, ''
    FROM entry_paper a JOIN entry_paper b ON a.paper = b.paper AND (a.kind, a.key) < (b.kind, b.key)
    JOIN paper p ON p.key = a.paper LEFT JOIN read_in s ON s.kind = a.kind AND s.key = a.key
    UNION ALL
    SELECT 'addresses', 'method', c.method, 'node', c.challenge, '', '', s.sources, NULL, n.mark
    FROM challenge_method c JOIN node n ON n.key = c.challenge
    LEFT JOIN read_in s ON s.kind = 'method' AND s.key = c.method
    UNION ALL
    SELECT 'is a part of', 'node', n.key, 'node', n.parent, '', n.mark_note, '', NULL, n.mark
    FROM node n JOIN node p ON p.key = n.parent AND p.parent IS NOT NULL
)
SELECT relation, kind, key, target_kind, target, detail, note, coalesce(read_in, '') AS read_in, arxiv_id, mark
FROM fact
ORDER BY ALL
