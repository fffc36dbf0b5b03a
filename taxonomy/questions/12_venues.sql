-- Where is this field published?
-- Venues by number of papers, with preprints apart; a venue's name is taken without its year.
-- chart: bar venue papers
SELECT coalesce(nullif(trim(regexp_replace(venue, '\s*(19|20)\d\d.*$', '')), ''), 'not known') AS venue,
    count(*) AS papers, min(year) AS first_year, max(year) AS last_year
FROM paper
GROUP BY 1
HAVING count(*) >= 3
ORDER BY papers DESC, venue
