-- A small company's Nautobot 1.0.3: three regions, a dozen sites, and jobs with every kind of result that 1.0 can have.
-- rows/begin.sql gives required columns their defaults, rows/end.sql fills the tables that are left.

INSERT INTO django_migrations (app, name, applied)
SELECT 'extras', name, '2021-05-01 06:00:00+00'
FROM unnest(ARRAY['0001_initial_part_1', '0002_initial_part_2', '0003_initial_part_3', '0004_populate_default_status_records',
                  '0005_configcontext_device_types']) AS name
UNION ALL VALUES ('dcim', '0001_initial_part_1', timestamptz '2021-05-01 06:00:00+00'), ('dcim', '0004_initial_part_4', '2021-05-01 06:00:00+00');

-- Ids of content types are nobody's to rely on: they follow no order.
INSERT INTO django_content_type (app_label, model)
SELECT * FROM (
    SELECT split_part(relname, '_', 1), split_part(relname, '_', 2)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname ~ '^(circuits|dcim|extras|ipam|tenancy|users|virtualization)_[a-z]+$'
    UNION ALL VALUES ('auth', 'group'), ('auth', 'permission'), ('contenttypes', 'contenttype'), ('users', 'user'),
        -- unmanaged: 1.0 has jobs without a table for them
        ('extras', 'job'), ('extras', 'script'), ('extras', 'report'),
        -- other apps may have models of the same names
        ('golden_config', 'job'), ('golden_config', 'gitrepository')
) AS known (app_label, model)
ORDER BY md5(app_label || model)
ON CONFLICT DO NOTHING;

INSERT INTO extras_status (name, slug, color) VALUES
    ('Active', 'active', '4caf50'), ('Planned', 'planned', '00bcd4'), ('Staged', 'staged', '2196f3'), ('Failed', 'failed', 'f44336'),
    ('Offline', 'offline', 'ffc107'), ('Retired', 'retired', '9e9e9e'), ('Connected', 'connected', '4caf50');
INSERT INTO auth_user (username, first_name, last_name, is_staff, is_active) VALUES
    ('admin', '', '', true, true), ('zoë', 'Zoë', 'Müller', false, true), ('o''brien', 'Pat', 'O''Brien', false, true),
    ('retired', '', '', false, false);
INSERT INTO auth_group (name) VALUES ('operators'), ('auditors');

INSERT INTO dcim_region (name, slug, lft, rght, tree_id) VALUES
    ('Europe', 'europe', 1, 2, 1), ('América', 'america', 1, 2, 2), ('アジア', 'asia', 1, 2, 3);
INSERT INTO tenancy_tenant (name, slug) VALUES ('Network', 'network'), ('Office "IT"', 'office-it');
INSERT INTO dcim_site (name, _name, slug, region_id, status_id)
SELECT 'Site ' || n, 'Site ' || lpad(n::text, 8, '0'), 'site-' || n, region.id, status.id
FROM generate_series(1, 12) AS n
JOIN dcim_region AS region ON region.tree_id = 1 + n % 3
JOIN extras_status AS status ON status.slug = CASE WHEN n > 10 THEN 'planned' ELSE 'active' END;
INSERT INTO dcim_rack (name, _name, site_id, status_id, width, u_height)
SELECT 'R' || n, 'R' || n, site.id, site.status_id, 19, 42 FROM dcim_site AS site, generate_series(1, 3) AS n
WHERE site.slug <> 'site-12';
INSERT INTO dcim_manufacturer (name, slug) VALUES ('Acme', 'acme'), ('Ångström & Söhne', 'angstrom');
INSERT INTO dcim_devicetype (model, slug, manufacturer_id, u_height)
SELECT 'Switch ' || slug, 'switch-' || slug, id, 1 FROM dcim_manufacturer;
INSERT INTO dcim_devicerole (name, slug) VALUES ('Access', 'access'), ('Core', 'core');
INSERT INTO dcim_device (name, _name, serial, device_role_id, device_type_id, site_id, rack_id, status_id)
SELECT CASE WHEN n < 3 THEN site.slug || '-sw' || n END, NULL, 'S' || n || rack.name, role.id, type.id, site.id, rack.id, rack.status_id
FROM dcim_rack AS rack JOIN dcim_site AS site ON site.id = rack.site_id,
    generate_series(1, 3) AS n, dcim_devicerole AS role, dcim_devicetype AS type
WHERE role.slug = 'access' AND type.slug = 'switch-acme' AND (n < 3 AND rack.name = 'R1' OR n = 3);
INSERT INTO dcim_interface (name, _name, device_id, enabled, type)
SELECT 'eth' || n, 'eth' || n, device.id, true, '1000base-t' FROM dcim_device AS device, generate_series(0, 3) AS n;
INSERT INTO ipam_rir (name, slug, is_private) VALUES ('RFC 1918', 'rfc-1918', true), ('RIPE', 'ripe', false);
INSERT INTO ipam_vrf (name, rd) VALUES ('blue', '65000:1'), ('red', '65000:2'), ('no rd', NULL);
INSERT INTO ipam_prefix (network, broadcast, prefix_length, site_id, status_id)
SELECT int4send(167772160 + 256 * n), int4send(167772160 + 256 * n + 255), 24, site.id, site.status_id
FROM dcim_site AS site, generate_series(1, 2) AS n;
INSERT INTO ipam_ipaddress (host, broadcast, prefix_length, status_id, dns_name)
SELECT int4send(167772160 + n), int4send(167772160 + n), 32, status.id, 'host' || n || '.example.com'
FROM generate_series(1, 70) AS n, extras_status AS status WHERE status.slug = 'active';
INSERT INTO virtualization_clustertype (name, slug) VALUES ('KVM', 'kvm');
INSERT INTO extras_objectchange (time, user_name, request_id, action, changed_object_id, object_repr, changed_object_type_id)
SELECT now() - n * interval '7 minutes', 'admin', md5('request' || n)::uuid, (ARRAY['create', 'update', 'delete'])[1 + n % 3],
    md5('object' || n)::uuid, 'eth' || n, type.id
FROM generate_series(0, 59) AS n, django_content_type AS type WHERE type.app_label = 'dcim' AND type.model = 'interface';

-- Repositories: the second was never synced, others have results here and are deleted.
INSERT INTO extras_gitrepository (name, slug, remote_url, branch, provided_contents) VALUES
    ('backbone configs', 'backbone', 'https://git.example.com/backbone.git', 'main', '["extras.configcontext"]'),
    ('never synced', 'never', 'https://git.example.com/never.git', 'main', '["extras.job"]'),
    (E'odd "quoted" \\ back é 字\nnew\rreturn', 'odd', 'https://git.example.com/odd.git', 'main', '[]');

-- Results: name, status, hours since 2021-06-01 and run time in minutes (none: unfinished), data.
-- The newest of a name is the one created last; then the one with the greater id.
CREATE FUNCTION pg_temp.add(model text, name text, status text, hours float, minutes float, data jsonb, id uuid DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
    INSERT INTO extras_jobresult (id, name, created, completed, status, data, job_id, obj_type_id, user_id)
    SELECT coalesce(id, md5(concat('result', model, name, status, hours))::uuid), name, created,
        created + minutes * interval '1 minute', status, data, md5(concat('task', model, name, status, hours, id))::uuid,
        (SELECT t.id FROM django_content_type t WHERE t.app_label = split_part(add.model, '.', 1) AND t.model = split_part(add.model, '.', 2)),
        (SELECT u.id FROM auth_user u WHERE u.username = 'admin')
    FROM (SELECT timestamptz '2021-06-01 00:00:00+00' + hours * interval '1 hour' AS created) AS time
$$;
-- What a job of 1.0 leaves: a grouping for each of its methods, the total, and what it printed.
CREATE FUNCTION pg_temp.counts(success int, info int, warning int, failure int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('success', success, 'info', info, 'warning', warning, 'failure', failure,
        'log', '[["2021-06-01T00:00:00+00:00", "info", null, null, "hello"]]'::jsonb)
$$;
CREATE FUNCTION pg_temp.job(success int, info int, warning int, failure int) RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('run', pg_temp.counts(success, info, warning, failure),
        'total', pg_temp.counts(success, info, warning, failure) - 'log', 'output', 'done')
$$;

-- Jobs as they go: many runs, the last of which counts.
DO $$ BEGIN
    PERFORM pg_temp.add('extras.job', 'local/users/CheckUser', CASE WHEN n % 5 = 0 THEN 'failed' ELSE 'completed' END,
        n, 1 + n % 7, pg_temp.job(n, 2 * n, n % 3, n % 2)) FROM generate_series(1, 24) AS n;
    PERFORM pg_temp.add('extras.job', 'plugins/golden/Backup' || k, 'completed', 10 * k, 2, pg_temp.job(k, 0, 0, 0)) FROM generate_series(1, 9) AS k;
END $$;
DO $$ BEGIN
    -- three groupings, as tests of a report have them
    PERFORM pg_temp.add('extras.job', 'git.backbone/reports/Connections', 'errored', 5, 3, jsonb_build_object(
        'test_cables', pg_temp.counts(12, 1, 2, 3), 'test_power', pg_temp.counts(0, 0, 0, 40), 'post_run', pg_temp.counts(0, 5, 0, 0),
        'total', pg_temp.counts(12, 6, 2, 43) - 'log', 'output', ''));
    -- several unfinished runs, around one that finished
    PERFORM pg_temp.add('extras.job', 'local/slow/Stuck', 'running', 1, NULL, '{}');
    PERFORM pg_temp.add('extras.job', 'local/slow/Stuck', 'pending', 2, NULL, NULL);
    PERFORM pg_temp.add('extras.job', 'local/slow/Stuck', 'completed', 3, 1, pg_temp.job(1, 1, 1, 1));
    PERFORM pg_temp.add('extras.job', 'local/slow/Queued', 'completed', 1, 1, pg_temp.job(9, 9, 9, 9));
    PERFORM pg_temp.add('extras.job', 'local/slow/Queued', 'running', 2, NULL, '{}');
    PERFORM pg_temp.add('extras.job', 'local/slow/Queued', 'pending', 3, NULL, NULL);
    -- completed in another order than created
    PERFORM pg_temp.add('extras.job', 'local/slow/Overtaken', 'failed', 1, 600, pg_temp.job(0, 0, 0, 1));
    PERFORM pg_temp.add('extras.job', 'local/slow/Overtaken', 'completed', 2, 1, pg_temp.job(1, 0, 0, 0));
    -- created at the same moment
    PERFORM pg_temp.add('extras.job', 'local/odd/Twins', 'completed', 1, 1, pg_temp.job(2, 0, 0, 0), 'ffffffff-0000-4000-8000-000000000002');
    PERFORM pg_temp.add('extras.job', 'local/odd/Twins', 'failed', 1, 9, pg_temp.job(0, 0, 0, 1), '0fffffff-0000-4000-8000-000000000001');
    -- statuses that no line knows
    PERFORM pg_temp.add('extras.job', 'local/odd/Unknown', 'cancelled', 1, 1, pg_temp.job(1, 0, 0, 0));
    PERFORM pg_temp.add('extras.job', 'local/odd/UpperCase', 'COMPLETED', 1, 1, pg_temp.job(1, 0, 0, 0));
    PERFORM pg_temp.add('extras.job', 'local/odd/NoStatus', '', 1, 1, pg_temp.job(1, 0, 0, 0));
    PERFORM pg_temp.add('extras.job', 'local/odd/QuotedStatus', E'"\\\n', 1, 1, NULL);
    -- names
    PERFORM pg_temp.add('extras.job', E'local/odd/"quote" ''single'' \\ back\nnew\rreturn\ttab', 'completed', 1, 1, pg_temp.job(1, 2, 3, 4));
    PERFORM pg_temp.add('extras.job', 'local/ünïcode/任务🚦', 'completed', 1, 1, jsonb_build_object(E'grüppe "1" \\ \n\r', pg_temp.counts(1, 2, 3, 4)));
    PERFORM pg_temp.add('extras.job', '', 'completed', 1, 1, pg_temp.job(1, 0, 0, 0));
    PERFORM pg_temp.add('extras.job', ' ', 'errored', 1, 1, pg_temp.job(1, 0, 0, 0));
    PERFORM pg_temp.add('extras.job', repeat('x', 255), 'completed', 1, 1, pg_temp.job(1, 0, 0, 0));
    PERFORM pg_temp.add('extras.job', 'local/users/checkuser', 'errored', 1, 1, NULL);
    -- data that nobody expects
    PERFORM pg_temp.add('extras.job', 'local/data/Null', 'completed', 1, 1, NULL);
    PERFORM pg_temp.add('extras.job', 'local/data/JsonNull', 'completed', 1, 1, 'null');
    PERFORM pg_temp.add('extras.job', 'local/data/Empty', 'completed', 1, 1, '{}');
    PERFORM pg_temp.add('extras.job', 'local/data/EmptyList', 'completed', 1, 1, '[]');
    PERFORM pg_temp.add('extras.job', 'local/data/List', 'completed', 1, 1, '[{"success": 1}, "total"]');
    PERFORM pg_temp.add('extras.job', 'local/data/Text', 'errored', 1, 1, '"Traceback (most recent call last)"');
    PERFORM pg_temp.add('extras.job', 'local/data/EmptyText', 'errored', 1, 1, '""');
    PERFORM pg_temp.add('extras.job', 'local/data/Number', 'completed', 1, 1, '17');
    PERFORM pg_temp.add('extras.job', 'local/data/False', 'completed', 1, 1, 'false');
    PERFORM pg_temp.add('extras.job', 'local/data/OutputOnly', 'completed', 1, 1, '{"output": {"success": 1, "info": 1, "warning": 1, "failure": 1}}');
    PERFORM pg_temp.add('extras.job', 'local/data/NoTotal', 'completed', 1, 1,
        jsonb_build_object('a', pg_temp.counts(1, 2, 3, 4), 'b', pg_temp.counts(10, 20, 30, 40)));
    PERFORM pg_temp.add('extras.job', 'local/data/OtherTotal', 'completed', 1, 1,
        jsonb_build_object('a', pg_temp.counts(1, 2, 3, 4), 'total', pg_temp.counts(5, 6, 7, 8)));
    PERFORM pg_temp.add('extras.job', 'local/data/TotalIsText', 'completed', 1, 1, jsonb_build_object('a', pg_temp.counts(1, 2, 3, 4), 'total', 'many'));
    PERFORM pg_temp.add('extras.job', 'local/data/MissingCounts', 'completed', 1, 1, '{"a": {"success": 3}, "b": {}, "total": {"warning": 2}}');
    PERFORM pg_temp.add('extras.job', 'local/data/NoNumbers', 'completed', 1, 1,
        '{"a": {"success": null, "info": "many", "warning": [1], "failure": {}}, "b": {"success": 1.5, "info": true, "warning": "", "failure": 7}}');
    PERFORM pg_temp.add('extras.job', 'local/data/NoGroupings', 'completed', 1, 1,
        '{"list": [1, 2], "text": "x", "number": 4, "null": null, "whole": {"success": 1, "info": 2, "warning": 3, "failure": 4}}');
    PERFORM pg_temp.add('extras.job', 'local/data/Great', 'completed', 1, 1,
        '{"a": {"success": 9007199254740991, "info": 0, "warning": 0, "failure": 0}}');
    -- syncs of repositories, of which two are deleted; their data is as that of jobs
    PERFORM pg_temp.add('extras.gitrepository', 'backbone configs', 'completed', n, 1, jsonb_build_object(
        'main', pg_temp.counts(n, n, 0, 0), 'config contexts', pg_temp.counts(0, 4, 1, 0), 'total', pg_temp.counts(n, n + 4, 1, 0) - 'log'))
        FROM generate_series(1, 6) AS n;
    PERFORM pg_temp.add('extras.gitrepository', E'odd "quoted" \\ back é 字\nnew\rreturn', 'failed', 1, 1, pg_temp.job(0, 1, 0, 2));
    PERFORM pg_temp.add('extras.gitrepository', E'odd "quoted" \\ back é 字\nnew\rreturn', 'running', 2, NULL, NULL);
    PERFORM pg_temp.add('extras.gitrepository', 'deleted', 'completed', 1, 1, pg_temp.job(1, 0, 0, 0));
    PERFORM pg_temp.add('extras.gitrepository', 'deleted while queued', 'pending', 1, NULL, NULL);
    -- the name of a job
    PERFORM pg_temp.add('extras.gitrepository', 'local/users/CheckUser', 'errored', 99, 1, NULL);
    -- neither jobs nor repositories
    PERFORM pg_temp.add('extras.customfield', 'delete a field', 'completed', 1, 1, NULL);
    PERFORM pg_temp.add('extras.script', 'local/users/CheckUser', 'failed', 98, 1, NULL);
    PERFORM pg_temp.add('golden_config.job', 'local/users/CheckUser', 'failed', 97, 1, NULL);
    PERFORM pg_temp.add('golden_config.gitrepository', 'backbone configs', 'failed', 97, 1, NULL);
END $$;
