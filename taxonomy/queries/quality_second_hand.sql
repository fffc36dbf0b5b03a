-- Tables whose numbers were read in a text that quotes them.
SELECT s.title || ', ' || r.source_table AS name, count(*) || ' numbers: ' || min(r.verified_by) AS detail,
    list_sort(list(DISTINCT {'kind': 'dataset', 'key': d.key, 'name': d.name})) AS entries
FROM result r JOIN result_source s ON s.key = r.source JOIN dataset d ON d.key = r.dataset
WHERE r.verified_by ILIKE '%secondary%' OR r.notes ILIKE '%secondary%'
GROUP BY s.key, s.title, r.source_table
ORDER BY s.title, r.source_table, s.key
