-- Rows of published tables whose method is no entry of the catalog, those with most numbers first.
SELECT r.method_label AS name, r.method_kind || ': ' || count(*) || ' numbers, in ' || string_agg(DISTINCT s.title, '; ' ORDER BY s.title) AS detail,
    list_sort(list(DISTINCT {'kind': 'dataset', 'key': d.key, 'name': d.name})) AS entries
FROM result r JOIN dataset d ON d.key = r.dataset JOIN result_source s ON s.key = r.source
WHERE r.method_entry IS NULL
GROUP BY r.method, r.method_label, r.method_kind
ORDER BY count(*) DESC, r.method_label, r.method
