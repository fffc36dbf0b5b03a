-- Of how many things each check of the data-quality report could find one.
SELECT 'names of data' AS name, count(DISTINCT name) AS total FROM method_dataset
UNION ALL SELECT 'names of metrics', count(DISTINCT metric) FROM (SELECT metric FROM dataset_metric UNION SELECT metric FROM result)
UNION ALL SELECT 'published rows', count(*) FROM result_method
UNION ALL SELECT 'works and papers', count(*) FROM entry WHERE kind IN ('method', 'dataset', 'paper')
UNION ALL SELECT 'works', count(*) FROM entry WHERE kind IN ('method', 'dataset')
UNION ALL SELECT 'methods', count(*) FROM method
UNION ALL SELECT 'data sets', count(*) FROM dataset
UNION ALL SELECT 'metrics', count(*) FROM metric
UNION ALL SELECT 'works and metrics', count(*) FROM entry WHERE kind IN ('method', 'dataset', 'metric')
UNION ALL SELECT 'published tables', count(*) FROM (SELECT DISTINCT source, source_table FROM result)
UNION ALL SELECT 'classes', count(*) FROM node
UNION ALL SELECT 'section numbers', count(*) FROM node WHERE section <> ''
UNION ALL SELECT 'leaves', count(*) FROM node WHERE key NOT IN (SELECT parent FROM node WHERE parent IS NOT NULL)
UNION ALL SELECT 'entries but classes', count(*) FROM entry WHERE kind <> 'node'
UNION ALL SELECT 'dated papers', count(*) FROM paper WHERE arxiv_id IS NOT NULL AND year IS NOT NULL
UNION ALL SELECT 'published numbers', count(*) FROM result
