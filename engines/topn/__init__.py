"""Top-N recommendation: what people saw before a time, who is asked for, how lists are scored and compared."""
