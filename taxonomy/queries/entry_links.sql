SELECT DISTINCT l.relation, l.target_kind AS kind, l.target AS key, coalesce(e.name, l.written) AS name,
    CASE WHEN l.written <> '' AND l.written IS DISTINCT FROM e.name AND l.target IS NOT NULL
        THEN concat_ws('; ', 'named as ' || l.written, nullif(l.note, '')) ELSE l.note END AS note
FROM link l LEFT JOIN entry e ON e.kind = l.target_kind AND e.key = l.target
WHERE l.kind = $kind AND l.key = $key
ORDER BY l.relation, kind, name, note
