-- Data sets that methods name and the catalog does not have, the most used first.
SELECT d.name, concat_ws(' ', nullif(d.note, ''), 'Named by ' || count(DISTINCT m.key) || ' of the methods.') AS detail,
    list_sort(list(DISTINCT {'kind': 'method', 'key': m.key, 'name': m.name})) AS entries
FROM method_dataset d JOIN method m ON m.key = d.method
WHERE d.dataset IS NULL
GROUP BY d.name, d.note
ORDER BY count(DISTINCT m.key) DESC, d.name
