-- The entries of every value of every facet, the values in the order of browse_values.
WITH numbered AS (
    SELECT facet, value, row_number() OVER (ORDER BY facet, value) AS place
    FROM (SELECT DISTINCT facet, value FROM entry_facet)
)
SELECT f.entry FROM entry_facet f JOIN numbered n USING (facet, value) ORDER BY n.place, f.entry
