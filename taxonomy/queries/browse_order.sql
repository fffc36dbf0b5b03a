-- What entries are ordered by, in the order of their numbers; -1 where there is no year.
SELECT coalesce(year, -1)::INTEGER AS year, results, links FROM entry ORDER BY id
