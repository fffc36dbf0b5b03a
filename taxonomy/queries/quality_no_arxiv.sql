-- Methods and data sets whose paper has no arXiv identifier here; some have none anywhere.
SELECT name, concat_ws(', ', kind, year, nullif(title, name)) AS detail, [{'kind': kind, 'key': key, 'name': name}] AS entries
FROM entry
WHERE kind IN ('method', 'dataset') AND arxiv_id IS NULL
ORDER BY kind, name, key
