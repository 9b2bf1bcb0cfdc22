-- Where each visible table lies, and the column that counts its rows: the first of its key, or its first one.
SELECT
    current_database()::text AS database,
    (SELECT string_agg(quote_ident(name), ', ') FROM unnest(current_schemas(false)) AS name) AS path,
    n.nspname::text AS schema,
    c.relname::text AS name,
    (
        SELECT a.attname::text
        FROM pg_attribute a
        LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey)
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        ORDER BY i.indrelid IS NULL, a.attnum
        LIMIT 1
    ) AS key
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.oid >= 16384 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_table_is_visible(c.oid)
