-- Which data do methods name that this catalog does not have?
-- Candidates for a contribution: names of data in entries of methods that are linked to no data set.
-- chart: bar data methods
SELECT name AS data, count(*) AS methods, string_agg(method, ', ' ORDER BY method) AS which,
    any_value(nullif(note, '')) AS note
FROM method_dataset
WHERE dataset IS NULL
GROUP BY name
ORDER BY methods DESC, data
LIMIT 40
