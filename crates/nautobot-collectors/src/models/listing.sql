-- The rows of each visible table as the planner reckons with them (app ''), and the models that Django knows of.
SELECT
    '' AS app,
    c.relname::text AS name,
    CASE
        WHEN c.reltuples > 0 AND c.relpages > 0
            THEN round(c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int))::bigint
        WHEN c.reltuples = 0 OR pg_relation_size(c.oid) = 0 THEN 0
    END AS rows
FROM pg_class c
WHERE c.relkind IN ('r', 'm') AND c.oid >= 16384 AND pg_table_is_visible(c.oid)
UNION ALL
SELECT app_label, model, NULL
FROM django_content_type
