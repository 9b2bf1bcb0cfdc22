-- Grows the populated Nautobot 3.2 by copies of its own rows: 50,000 job results with ten log entries each, and
-- 200,000 interfaces and IP addresses.

-- the copies refer to what their originals refer to: nothing has to be checked
SET session_replication_role = replica;

CREATE TEMPORARY TABLE result AS
SELECT row_number() OVER () - 1 AS place, r AS original FROM extras_jobresult AS r WHERE date_done IS NOT NULL;

-- a run a minute, before those that are there
CREATE TEMPORARY TABLE copied AS
SELECT
    original,
    gen_random_uuid() AS id,
    (SELECT min(date_created) FROM extras_jobresult) - n * interval '1 minute' AS date_created
FROM generate_series(1, 50000) AS n
JOIN result ON place = n % (SELECT count(*) FROM result);

INSERT INTO extras_jobresult
SELECT copy.*
FROM copied
CROSS JOIN jsonb_populate_record(original, jsonb_build_object('id', id, 'date_created', date_created)) AS copy;

INSERT INTO extras_joblogentry (id, log_level, grouping, message, created, log_object, absolute_url, job_result_id)
SELECT
    gen_random_uuid(),
    (ARRAY['debug', 'info', 'success', 'warning', 'error', 'failure'])[1 + n % 6],
    (ARRAY['initialization', 'main', 'run'])[1 + n % 3],
    'Looked at object number ' || n || ' and found nothing that has to be changed.',
    date_created + n * interval '10 milliseconds',
    '',
    '',
    id
FROM copied
CROSS JOIN generate_series(1, 10) AS n;

INSERT INTO dcim_interface
SELECT copy.*
FROM (SELECT i FROM dcim_interface AS i LIMIT 1) AS original
CROSS JOIN generate_series(1, 200000) AS n
CROSS JOIN jsonb_populate_record(i, jsonb_build_object('id', gen_random_uuid(), 'name', 'copy ' || n)) AS copy;

INSERT INTO ipam_ipaddress
SELECT copy.*
FROM (SELECT a FROM ipam_ipaddress AS a WHERE ip_version = 4 LIMIT 1) AS original
CROSS JOIN generate_series(1, 200000) AS n
CROSS JOIN jsonb_populate_record(
    a, jsonb_build_object('id', gen_random_uuid(), 'host', '\x' || lpad(to_hex(167772160 + n), 8, '0'))
) AS copy
ON CONFLICT DO NOTHING;

VACUUM ANALYZE;
