-- The rows of a table as the planner reckons with them: those of the last ANALYZE, by the size that it has now. NULL
-- where it knows none. {table} is its name, quoted for a regclass.
SELECT round(reltuples / relpages * (pg_relation_size(oid) / current_setting('block_size')::int))::bigint AS rows
FROM pg_class
WHERE oid = {table}::regclass
  AND relkind = 'r'
  AND relpages > 0
  -- Of a table that was empty when it was last looked at, nothing is known.
  AND reltuples > 0
