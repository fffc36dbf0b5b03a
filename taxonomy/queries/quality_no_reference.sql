-- Methods and data sets whose reference lacks the year, the authors or the venue.
SELECT e.name, 'Lacks the ' || concat_ws(', the ', CASE WHEN e.year IS NULL THEN 'year' END,
        CASE WHEN e.authors = '' THEN 'authors' END, CASE WHEN w.venue = '' THEN 'venue' END) || '.' AS detail,
    [{'kind': e.kind, 'key': e.key, 'name': e.name}] AS entries
FROM entry e
JOIN (SELECT 'method' AS kind, key, venue FROM method UNION ALL SELECT 'dataset', key, venue FROM dataset) w USING (kind, key)
WHERE e.year IS NULL OR e.authors = '' OR w.venue = ''
ORDER BY e.kind, e.name, e.key
