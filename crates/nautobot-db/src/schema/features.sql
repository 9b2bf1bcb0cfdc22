-- Everything that tells the Nautobot lines apart, and every table that a model may have: a row for each fact.
WITH visible AS MATERIALIZED (
    SELECT c.oid, c.relname, c.relkind, c.relhassubclass, c.relrowsecurity
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relpersistence <> 't'
      AND c.relnamespace <> 'pg_catalog'::regnamespace
      AND pg_catalog.pg_table_is_visible(c.oid)
)
SELECT
    relname::text AS name,
    oid::bigint AS oid,
    -- Some column is enough to count rows.
    has_any_column_privilege(oid, 'SELECT') AS is_readable,
    -- What the rows are depends on nothing but the table.
    relkind = 'r' AND NOT relhassubclass AND NOT relrowsecurity AS is_plain,
    NULL AS columns
FROM visible
UNION ALL
SELECT v.relname::text, NULL, NULL, NULL, string_agg(a.attname, ' ' ORDER BY a.attnum)
FROM visible v
JOIN pg_catalog.pg_attribute a ON a.attrelid = v.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE v.relname LIKE 'extras\_%'
GROUP BY v.relname
