SELECT library FROM metric_library WHERE metric = $key ORDER BY library
