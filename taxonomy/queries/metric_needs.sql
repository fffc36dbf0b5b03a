SELECT need FROM metric_need WHERE metric = $key ORDER BY need
