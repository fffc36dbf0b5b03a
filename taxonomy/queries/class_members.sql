-- What stands at or below a class, and what is near to it through data, metrics and published numbers.
-- `ways` of a filed entry are its published numbers; of any other, the entries or numbers that lead to it.
WITH here AS (SELECT DISTINCT f.kind, f.key FROM filed f JOIN class_above a USING (node) WHERE a.ancestor = $node),
method_here AS (SELECT key FROM here WHERE kind = 'method'),
dataset_here AS (SELECT key FROM here WHERE kind = 'dataset'),
metric_here AS (SELECT key FROM here WHERE kind = 'metric'),
member AS (
    SELECT h.kind, h.key, 'filed' AS relation, e.results AS ways FROM here h JOIN entry e USING (kind, key)
    UNION ALL
    SELECT 'dataset', dataset, 'used', count(DISTINCT method) FROM method_dataset
    WHERE dataset IS NOT NULL AND method IN (FROM method_here) GROUP BY dataset
    UNION ALL
    SELECT 'dataset', dataset, 'measured', count(DISTINCT metric) FROM dataset_metric
    WHERE metric IN (FROM metric_here) GROUP BY dataset
    UNION ALL
    SELECT 'metric', metric, 'reported', count(*) FROM result WHERE method_entry IN (FROM method_here) GROUP BY metric
    UNION ALL
    SELECT 'metric', metric, 'measures', count(DISTINCT dataset) FROM dataset_metric
    WHERE dataset IN (FROM dataset_here) GROUP BY metric
    UNION ALL
    SELECT 'method', method, 'uses', count(DISTINCT dataset) FROM method_dataset
    WHERE dataset IN (FROM dataset_here) GROUP BY method
    UNION ALL
    SELECT 'method', method_entry, 'reports', count(*) FROM result
    WHERE method_entry IS NOT NULL AND metric IN (FROM metric_here) GROUP BY method_entry
)
SELECT m.kind, m.key, e.name, e.year, m.relation, m.ways
FROM member m JOIN entry e USING (kind, key)
ORDER BY m.kind, m.relation, m.ways DESC, e.year DESC NULLS LAST, e.name, m.key
