-- Django gives columns their defaults itself. While rows are inserted here, required columns have one in the database, so
-- that each statement of rows.sql names only what it is about. References have none: they have to be given.
RESET search_path;
SET TimeZone = 'UTC';
CREATE SEQUENCE testbed_row;
CREATE TEMP TABLE given_default AS
SELECT attrelid::regclass AS of_table, attname AS of_column, CASE
        WHEN atttypid = 'uuid'::regtype THEN 'md5(nextval(''public.testbed_row'')::text)::uuid'
        WHEN atttypid IN ('varchar'::regtype, 'text'::regtype) THEN ''''''
        WHEN atttypid IN ('json'::regtype, 'jsonb'::regtype) THEN '''{}'''
        WHEN atttypid = 'bytea'::regtype THEN '''\x'''
        WHEN atttypid = 'bool'::regtype THEN 'false'
        WHEN atttypid IN ('date'::regtype, 'timestamptz'::regtype) THEN '''2026-11-20 08:00:00+00'''
        ELSE '0'
    END AS value
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attnum > 0 AND NOT attisdropped
    AND attnotnull AND NOT atthasdef AND attidentity = ''
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE contype = 'f' AND conrelid = attrelid AND attnum = ANY (conkey));

DO $$
DECLARE given record;
BEGIN
    FOR given IN SELECT * FROM given_default LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I SET DEFAULT %s', given.of_table, given.of_column, given.value);
    END LOOP;
END $$;
