-- Classes that are the survey's as remembered: not checked against its full text.
SELECT name, concat_ws('. ', facet || concat(', section ', nullif(section, '')), nullif(mark_note, '')) AS detail,
    [{'kind': 'node', 'key': key, 'name': name}] AS entries
FROM node
WHERE mark = 'recalled'
ORDER BY position
