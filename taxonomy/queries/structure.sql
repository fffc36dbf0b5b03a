-- Every table and view of the snapshot with its columns and what they hold, in the order of schema.sql.
WITH thing AS (
    SELECT table_oid AS oid, table_name AS name, 'table' AS kind, comment FROM duckdb_tables() WHERE NOT internal
    UNION ALL
    SELECT view_oid, view_name, 'view', comment FROM duckdb_views() WHERE NOT internal
)
SELECT t.name AS "table", t.kind, coalesce(t.comment, '') AS holds, c.column_name AS "column", c.data_type AS type,
    coalesce(c.comment, '') AS meaning
FROM thing t JOIN duckdb_columns() c ON c.table_oid = t.oid AND c.table_name = t.name AND NOT c.internal
ORDER BY t.kind, t.oid, c.column_index
