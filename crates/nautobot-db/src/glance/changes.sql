-- What tells whether anything has changed since another time. Where it is as {known} says, nothing has, and the rest is
-- not looked at.
SELECT
    state.*,
    state.snapshot || state.server <> '{known}' AS is_news,
    -- The transactions that go on, those that only read included.
    (
        SELECT string_agg(virtualxid, ',')
        FROM pg_locks
        WHERE state.snapshot || state.server <> '{known}'
          AND locktype = 'virtualxid'
          AND pid <> pg_backend_pid()
          AND pid IN (SELECT pid FROM pg_stat_get_activity(NULL) WHERE datid = state.database)
    ) AS running,
    -- Some changes of columns show in the migrations only.
    concat_ws(
        '/',
        current_user,
        current_schemas(false)::text,
        relation.schema,
        (SELECT sum(id) FROM django_migrations)
    ) AS schema,
    relation.counters
FROM (
    SELECT
        oid AS database,
        -- Equal to an earlier one, it says that no transaction has ended in between.
        txid_current_snapshot()::text AS snapshot,
        -- Another database, a start, a crash (which restarts every process of the server's own), and statistics that
        -- begin anew. A copy of a database has its oids, files and snapshot.
        concat_ws(
            '/',
            oid,
            pg_postmaster_start_time(),
            (SELECT string_agg(pid::text, ',' ORDER BY pid) FROM pg_stat_get_activity(NULL) WHERE datid IS NULL),
            CASE WHEN has_counters THEN pg_stat_get_db_stat_reset_time(oid) END
        ) AS server,
        pg_is_in_recovery() AS is_standby,
        has_counters
    FROM pg_catalog.pg_database
    CROSS JOIN (
        -- Before PostgreSQL 15 a change may be counted long after it was made; a role that writes may have it not counted.
        SELECT
            current_setting('server_version_num')::int >= 150000
            AND current_setting('track_counts')::bool
            AND NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setconfig::text LIKE '%track_counts=%')
            AS has_counters
    ) AS statistics
    WHERE datname = current_database()
    OFFSET 0
) AS state
CROSS JOIN LATERAL (
    SELECT
        sum(
            hashtextextended(
                concat_ws(
                    '/',
                    c.oid,
                    c.relnamespace,
                    c.relname,
                    c.relnatts,
                    c.relhassubclass,
                    c.relrowsecurity,
                    c.relacl
                ),
                0
            )
        ) AS schema,
        -- TRUNCATE counts nothing, but gives the table another file.
        string_agg(
            concat_ws(
                ' ',
                c.oid,
                c.relfilenode,
                pg_stat_get_tuples_inserted(c.oid)
                    + pg_stat_get_tuples_updated(c.oid)
                    + pg_stat_get_tuples_deleted(c.oid)
            ),
            ','
        ) FILTER (WHERE state.has_counters) AS counters
    FROM pg_catalog.pg_class c
    WHERE state.snapshot || state.server <> '{known}'
      AND c.oid >= 16384
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relpersistence <> 't'
) AS relation
