-- Everything that tells the Nautobot lines apart, and every table that a model may have, in one row.
WITH visible AS MATERIALIZED (
    SELECT c.oid, c.relname::text AS name
    FROM pg_catalog.pg_class c
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relpersistence <> 't'
      AND c.relnamespace <> 'pg_catalog'::regnamespace
      AND pg_catalog.pg_table_is_visible(c.oid)
)
SELECT
    ARRAY(SELECT name FROM visible) AS tables,
    -- Some column is enough to count rows.
    ARRAY(SELECT name FROM visible WHERE NOT has_any_column_privilege(oid, 'SELECT')) AS unreadable,
    ARRAY(
        SELECT a.attname::text
        FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = pg_catalog.to_regclass('extras_jobresult')
          AND a.attnum > 0
          AND NOT a.attisdropped
    ) AS result_columns,
    coalesce(max(substring(m.name FROM '^[0-9]{4}')::int) FILTER (WHERE m.app = 'extras'), 0) AS extras_migration,
    coalesce(max(substring(m.name FROM '^[0-9]{4}')::int) FILTER (WHERE m.app = 'dcim'), 0) AS dcim_migration
FROM django_migrations m
WHERE m.app IN ('extras', 'dcim')
