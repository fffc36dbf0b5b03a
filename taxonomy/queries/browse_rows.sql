-- Some entries in full, by their numbers.
SELECT id, kind, key, name, title, authors, year, venue, summary, mark, url, code_url, data_url, arxiv_id, in_survey,
    results, links
FROM entry WHERE id IN (SELECT unnest($ids))
