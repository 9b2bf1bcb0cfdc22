-- What tells whether anything has changed since another time.
SELECT
    -- Equal to an earlier one, it says that no transaction has ended in between.
    txid_current_snapshot()::text AS snapshot,
    -- Another database, a start, a crash (which restarts every process of the server's own), and statistics that begin
    -- anew. A copy of a database has its oids, files and snapshot.
    concat_ws(
        '/',
        this.oid,
        pg_postmaster_start_time(),
        (SELECT string_agg(pid::text, ',' ORDER BY pid) FROM pg_stat_get_activity(NULL) WHERE datid IS NULL),
        CASE WHEN has_counters THEN pg_stat_get_db_stat_reset_time(this.oid) END
    ) AS server,
    pg_is_in_recovery() AS is_standby,
    -- The transactions that go on, those that only read included.
    (
        SELECT string_agg(virtualxid, ',')
        FROM pg_locks
        WHERE locktype = 'virtualxid'
          AND pid <> pg_backend_pid()
          AND pid IN (SELECT pid FROM pg_stat_get_activity(NULL) WHERE datid = this.oid)
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
FROM pg_catalog.pg_database AS this
CROSS JOIN LATERAL (
    -- Before PostgreSQL 15 a change may be counted long after it was made; a role that writes may have it not counted.
    SELECT
        current_setting('server_version_num')::int >= 150000
        AND current_setting('track_counts')::bool
        AND NOT EXISTS (SELECT FROM pg_db_role_setting WHERE setconfig::text LIKE '%track_counts=%') AS has_counters
) AS server
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
        ) FILTER (WHERE has_counters) AS counters
    FROM pg_catalog.pg_class c
    WHERE c.oid >= 16384
      AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
      AND c.relpersistence <> 't'
) AS relation
WHERE this.datname = current_database()
