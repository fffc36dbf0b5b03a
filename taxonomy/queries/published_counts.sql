-- How many published numbers of how many sources name each of some datasets, metrics, methods, or papers as the source.
SELECT CASE $kind WHEN 'dataset' THEN dataset WHEN 'metric' THEN metric WHEN 'method' THEN method_entry
        ELSE source_paper END AS key, count(*) AS numbers, count(DISTINCT source) AS sources
FROM published
GROUP BY key
HAVING list_contains($keys, key)
