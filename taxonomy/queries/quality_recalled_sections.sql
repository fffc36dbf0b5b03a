-- Section numbers of the survey as remembered; the class itself may be confirmed.
SELECT name, facet || ', section ' || section AS detail, [{'kind': 'node', 'key': key, 'name': name}] AS entries
FROM node
WHERE section_mark = 'recalled'
ORDER BY position
