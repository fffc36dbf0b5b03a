-- The entries before and after one: of its kind by name, of a class by the order of the taxonomy.
WITH ordered AS (
    SELECT e.key, e.name,
        lag(e.key) OVER placed AS before_key, lag(e.name) OVER placed AS before_name,
        lead(e.key) OVER placed AS after_key, lead(e.name) OVER placed AS after_name,
        row_number() OVER placed AS place, count(*) OVER () AS entries
    FROM entry e LEFT JOIN node n ON e.kind = 'node' AND n.key = e.key
    WHERE e.kind = $kind
    WINDOW placed AS (ORDER BY n.position, e.name_folded, e.key)
)
SELECT before_key, before_name, after_key, after_name, place, entries FROM ordered WHERE key = $key
