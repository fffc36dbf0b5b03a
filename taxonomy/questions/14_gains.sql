-- How much do methods gain over no personalization?
-- Median gain over the non-personalized row of the same source, split, backbone and metric; rows without one are left out.
-- chart: bar dataset median_gain_percent
SELECT dataset_name AS dataset, count(*) AS numbers, count(DISTINCT source) AS sources,
    round(median(gain_percent), 1) AS median_gain_percent,
    round(100.0 * count(*) FILTER (WHERE gain > 0) / count(*), 1) AS percent_better
FROM improvement
WHERE gain_percent IS NOT NULL AND method_kind IN ('method', 'variant') AND role IS NULL
GROUP BY dataset_name
ORDER BY median_gain_percent DESC, dataset
