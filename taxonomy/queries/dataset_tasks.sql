SELECT task FROM dataset_task WHERE dataset = $key ORDER BY task
