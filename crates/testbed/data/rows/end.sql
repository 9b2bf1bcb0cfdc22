-- Tables that rows.sql left empty get a few rows each, from one to six by the table's name: what is required is made up,
-- and references go to rows that are there. So hardly a table has as many rows as the one beside it.
CREATE FUNCTION pg_temp.columns(of regclass, OUT names text, OUT made_up text) LANGUAGE sql AS $$
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum), string_agg(CASE
        WHEN confrelid IS NOT NULL THEN
            format('(SELECT id FROM %1$s ORDER BY id OFFSET n %% (SELECT count(*) FROM %1$s) LIMIT 1)', confrelid::regclass)
        WHEN atttypid IN ('varchar'::regtype, 'text'::regtype) THEN
            format('left(n || %L, %s)', ' ' || attname, CASE WHEN atttypmod > 4 THEN atttypmod - 4 ELSE 100 END)
        WHEN atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype) THEN 'n'
        WHEN atttypid = 'bytea'::regtype THEN 'int4send(n)'
        ELSE value
    END, ', ' ORDER BY attnum)
    FROM pg_attribute
    LEFT JOIN given_default ON of_table = attrelid AND of_column = attname
    LEFT JOIN pg_constraint ON contype = 'f' AND conrelid = attrelid AND conkey = ARRAY[attnum]
    WHERE attrelid = of AND attnum > 0 AND attnotnull AND (value IS NOT NULL OR confrelid IS NOT NULL)
$$;

DO $$
DECLARE
    empty regclass[];
    now_empty regclass[];
    one regclass;
    required record;
BEGIN
    LOOP
        now_empty := ARRAY(
            SELECT oid::regclass FROM pg_class
            WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
                AND query_to_xml(format('SELECT FROM %s LIMIT 1', oid::regclass), false, false, '')::text NOT LIKE '%<row%'
            ORDER BY relname
        );
        -- what is left refers to itself, or to no table of this database
        EXIT WHEN now_empty = empty OR cardinality(now_empty) = 0;
        empty := now_empty;
        FOREACH one IN ARRAY empty LOOP
            CONTINUE WHEN EXISTS (
                SELECT FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND conkey = ARRAY[attnum]
                WHERE contype = 'f' AND conrelid = one AND attnotnull AND confrelid = ANY (empty)
            );
            required := pg_temp.columns(one);
            EXECUTE format(
                'INSERT INTO %s (%s) SELECT %s FROM generate_series(1, %s) AS n ON CONFLICT DO NOTHING',
                one, required.names, required.made_up, 1 + abs(hashtext(one::text) % 6)
            );
        END LOOP;
    END LOOP;
END $$;

SET CONSTRAINTS ALL IMMEDIATE;
DO $$
DECLARE given record;
BEGIN
    FOR given IN SELECT * FROM given_default LOOP
        EXECUTE format('ALTER TABLE %s ALTER %I DROP DEFAULT', given.of_table, given.of_column);
    END LOOP;
END $$;
DROP TABLE given_default;
DROP SEQUENCE testbed_row;
