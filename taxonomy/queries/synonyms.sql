-- Words that mean the same, one pair a row.
SELECT term, kind, meaning FROM synonym ORDER BY term, meaning
