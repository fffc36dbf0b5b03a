-- Entries that nothing links to, that link to nothing and that no class holds.
SELECT e.name, e.kind AS detail, [{'kind': e.kind, 'key': e.key, 'name': e.name}] AS entries
FROM entry e
WHERE e.kind <> 'node'
    AND NOT EXISTS (FROM link l WHERE l.kind = e.kind AND l.key = e.key AND l.target IS NOT NULL)
    AND NOT EXISTS (FROM link l WHERE l.target_kind = e.kind AND l.target = e.key)
    AND NOT EXISTS (FROM entry_node n WHERE n.kind = e.kind AND n.key = e.key)
    AND NOT (e.kind = 'paper' AND (e.key IN (SELECT paper FROM result_source) OR e.key IN (SELECT arxiv_id FROM survey)))
ORDER BY e.kind, e.name, e.key
