-- Entries whose facts rest on one source.
SELECT e.name, e.kind || ': ' || any_value(s.source) AS detail, [{'kind': e.kind, 'key': e.key, 'name': e.name}] AS entries
FROM entry_source s JOIN entry e USING (kind, key)
GROUP BY e.kind, e.key, e.name
HAVING count(*) = 1
ORDER BY e.kind, e.name, e.key
