-- Published numbers outside the range that their metric's entry gives, such as percents of a metric from 0 to 1.
WITH metric_range AS (
    SELECT key, name, range, regexp_extract(range, '^[a-z ]*?(-?(?:[0-9.]+|inf))(?:-| to )((?:[0-9.]+|inf))', ['low', 'high']) AS ends
    FROM metric
)
SELECT m.name || ' in ' || s.title || ', ' || r.source_table AS name,
    count(*) || ' numbers from ' || min(r.value) || ' to ' || max(r.value) || '; the range is ' || m.range || '.' AS detail,
    [{'kind': 'metric', 'key': m.key, 'name': m.name}]
        || list_sort(list(DISTINCT {'kind': 'dataset', 'key': d.key, 'name': d.name})) AS entries
FROM result r JOIN metric_range m ON m.key = r.metric JOIN result_source s ON s.key = r.source JOIN dataset d ON d.key = r.dataset
WHERE r.value < try_cast(m.ends.low AS DOUBLE) OR r.value > try_cast(m.ends.high AS DOUBLE)
GROUP BY m.key, m.name, m.range, s.title, s.key, r.source_table
ORDER BY m.name, s.title, r.source_table
