-- A small company's Nautobot 2.4.44, upgraded from 1.6 once: locations, jobs in three queues, schedules, groups, and results
-- with every kind of log entry. rows/begin.sql gives required columns their defaults, rows/end.sql fills the tables that
-- are left.

INSERT INTO django_migrations (app, name, applied)
SELECT app, name, '2026-05-01 06:00:00+00' FROM (VALUES
    ('extras', '0001_initial_part_1'), ('extras', '0058_jobresult_add_time_status_idxs'), ('extras', '0099_remove_dangling_note_objects'),
    ('extras', '0116_fix_dynamic_group_group_type'), ('extras', '0118_task_queue_to_job_queue_migration'), ('extras', '0125_jobresult_date_started'),
    ('dcim', '0001_initial_part_1'), ('dcim', '0067_controllermanageddevicegroup_tenant'), ('wireless', '0001_initial')
) AS applied (app, name);

-- Ids of content types are nobody's to rely on: they follow no order.
INSERT INTO django_content_type (app_label, model)
SELECT * FROM (
    SELECT split_part(relname, '_', 1), split_part(relname, '_', 2)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
        AND relname ~ '^(circuits|cloud|dcim|extras|ipam|tenancy|users|virtualization|wireless)_[a-z]+$'
    UNION ALL VALUES ('auth', 'group'), ('auth', 'permission'), ('contenttypes', 'contenttype'), ('users', 'user')
) AS known (app_label, model)
ORDER BY md5(app_label || model)
ON CONFLICT DO NOTHING;

INSERT INTO extras_status (name, color) VALUES ('Active', '4caf50'), ('Planned', '00bcd4'), ('Staged', '2196f3'), ('Retired', '9e9e9e');
INSERT INTO extras_role (name, color) VALUES ('Access', '4caf50'), ('Core', '00bcd4'), ('Rôle "spécial" \ 字', '2196f3');
INSERT INTO auth_user (username, first_name, last_name, is_staff, is_active) VALUES
    ('admin', '', '', true, true), ('zoë', 'Zoë', 'Müller', false, true), ('o''brien', 'Pat', 'O''Brien', false, true),
    ('scheduler', '', '', false, true), ('retired', '', '', false, false);
INSERT INTO auth_group (name) VALUES ('operators'), ('auditors');

-- A tree of locations: countries, cities, buildings.
INSERT INTO dcim_locationtype (name) VALUES ('Country'), ('City'), ('Building');
INSERT INTO dcim_location (name, _name, location_type_id, status_id)
SELECT country, country, type.id, status.id
FROM unnest(ARRAY['Deutschland', 'España', '日本']) AS country, dcim_locationtype AS type, extras_status AS status
WHERE type.name = 'Country' AND status.name = 'Active';
INSERT INTO dcim_location (name, _name, location_type_id, status_id, parent_id)
SELECT parent.name || ' city ' || n, parent.name || ' city ' || n, type.id, parent.status_id, parent.id
FROM dcim_location AS parent, generate_series(1, 3) AS n, dcim_locationtype AS type WHERE type.name = 'City';
INSERT INTO dcim_location (name, _name, location_type_id, status_id, parent_id)
SELECT 'Building ' || n, 'Building ' || n, type.id, parent.status_id, parent.id
FROM dcim_location AS parent JOIN dcim_locationtype AS of ON of.id = parent.location_type_id AND of.name = 'City',
    generate_series(1, 2) AS n, dcim_locationtype AS type WHERE type.name = 'Building';

INSERT INTO dcim_rack (name, _name, location_id, status_id, width, u_height)
SELECT 'R' || n, 'R' || n, location.id, location.status_id, 19, 42
FROM dcim_location AS location, generate_series(1, 2) AS n WHERE location.name LIKE 'Building %';
INSERT INTO dcim_manufacturer (name) VALUES ('Acme'), ('Ångström & Söhne');
INSERT INTO dcim_devicetype (model, manufacturer_id, u_height) SELECT 'Switch', id, 1 FROM dcim_manufacturer;
INSERT INTO dcim_device (name, _name, device_type_id, role_id, location_id, rack_id, status_id)
SELECT NULL, NULL, type.id, role.id, rack.location_id, rack.id, rack.status_id
FROM dcim_rack AS rack, generate_series(1, 2), dcim_devicetype AS type JOIN dcim_manufacturer AS maker ON maker.id = manufacturer_id,
    extras_role AS role
WHERE maker.name = 'Acme' AND role.name = 'Access';
INSERT INTO dcim_interface (name, _name, device_id, status_id, enabled, type)
SELECT 'eth' || n, 'eth' || n, device.id, device.status_id, true, '1000base-t' FROM dcim_device AS device, generate_series(0, 3) AS n;
INSERT INTO ipam_namespace (name) VALUES ('Global'), ('Lab');
INSERT INTO ipam_prefix (network, broadcast, prefix_length, ip_version, type, namespace_id, status_id)
SELECT int4send(167772160 + 256 * n), int4send(167772160 + 256 * n + 255), 24, 4, 'network', namespace.id, status.id
FROM generate_series(1, 18) AS n, ipam_namespace AS namespace, extras_status AS status WHERE status.name = 'Active';
INSERT INTO ipam_ipaddress (host, mask_length, ip_version, type, parent_id, status_id)
SELECT int4send(167772160 + 256 + n), 32, 4, 'host', prefix.id, prefix.status_id
FROM generate_series(1, 41) AS n, ipam_prefix AS prefix JOIN ipam_namespace AS namespace ON namespace.id = namespace_id
WHERE namespace.name = 'Global' AND prefix.network = int4send(167772160 + 256);
INSERT INTO ipam_ipaddresstointerface (interface_id, ip_address_id)
SELECT interface.id, address.id
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM dcim_interface) AS interface
JOIN (SELECT id, row_number() OVER (ORDER BY id) AS n FROM ipam_ipaddress) AS address USING (n) WHERE n <= 23;

-- Members of a static group are associations; those of the other groups are kept as a cache.
INSERT INTO extras_dynamicgroup (name, content_type_id, group_type)
SELECT name, type.id, kind
FROM (VALUES ('Core "sites"', 'static'), ('No members', 'static'), ('By filter', 'dynamic-filter'), ('By set', 'dynamic-set')) AS made (name, kind),
    django_content_type AS type
WHERE app_label = 'dcim' AND model = 'rack';
INSERT INTO extras_staticgroupassociation (associated_object_id, associated_object_type_id, dynamic_group_id)
SELECT rack.id, one.content_type_id, one.id
FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM dcim_rack) AS rack
JOIN extras_dynamicgroup AS one ON rack.n <= CASE one.name WHEN 'Core "sites"' THEN 7 WHEN 'By filter' THEN 31 WHEN 'By set' THEN 2 END;

-- Changes: one every seven minutes until now, with a burst in the last hour.
INSERT INTO extras_objectchange (time, user_name, user_id, request_id, action, changed_object_id, object_repr, changed_object_type_id, change_context)
SELECT now() - CASE WHEN n < 60 THEN n * interval '7 minutes' ELSE (n - 60) * interval '20 seconds' END, actor.username, actor.id,
    md5('request' || n)::uuid, (ARRAY['create', 'update', 'delete'])[1 + n % 3], md5('object' || n)::uuid, 'eth' || n, type.id, 'web'
FROM generate_series(0, 99) AS n, django_content_type AS type, auth_user AS actor
WHERE type.app_label = 'dcim' AND type.model = 'interface' AND actor.username = CASE WHEN n % 4 = 0 THEN 'zoë' ELSE 'admin' END;

INSERT INTO extras_jobqueue (name, queue_type) VALUES ('default', 'celery'), ('bulk', 'celery'), ('kube "é"', 'kubernetes');
INSERT INTO extras_job (module_name, job_class_name, grouping, name, installed, enabled, default_job_queue_id)
SELECT module, class, module, made.name, installed, enabled, queue.id
FROM (VALUES
    ('nautobot.core.jobs', 'GitRepositorySync', 'Git Repository: Sync', true, true, 'default'),
    ('nautobot.core.jobs', 'GitRepositoryDryRun', 'Git Repository: Dry-Run', true, true, 'default'),
    ('nautobot.core.jobs', 'ExportObjectList', 'Export Object List', true, true, 'default'),
    ('nautobot.core.jobs.cleanup', 'LogsCleanup', 'Logs Cleanup', true, true, 'default'),
    ('backup.jobs', 'Backup', 'Backup "all" \ é 字', true, true, 'bulk'),
    ('reports', 'Compliance', 'Compliance', true, true, 'kube "é"'),
    ('reports', 'Retired', 'Retired job', false, false, 'default'),
    -- of the same class name, and no sync of Nautobot's
    ('our_app.jobs', 'GitRepositorySync', 'Our sync', true, true, 'default')
) AS made (module, class, name, installed, enabled, queue) JOIN extras_jobqueue AS queue ON queue.name = made.queue;
INSERT INTO extras_jobqueueassignment (job_id, job_queue_id)
SELECT id, default_job_queue_id FROM extras_job UNION ALL
SELECT job.id, queue.id FROM extras_job AS job, extras_jobqueue AS queue WHERE job.name LIKE 'Backup%' AND queue.name = 'default';

-- Schedules: name, job, interval, crontab, minutes from now to its start, minutes since it last ran, times it ran.
INSERT INTO extras_scheduledjob (name, task, "interval", crontab, start_time, last_run_at, total_run_count, one_off, enabled,
    approval_required, approved_at, time_zone, args, kwargs, celery_kwargs, date_changed, job_model_id, user_id, job_queue_id)
SELECT made.name, job.module_name || '.' || job.job_class_name, made.every, crontab, now() + starts * interval '1 minute',
    now() - last_run * interval '1 minute', runs, made.every IN ('immediately', 'future'), made.enabled, approval,
    CASE WHEN approved THEN now() END, 'Europe/Berlin', '[]', '{}', jsonb_build_object('queue', queue.name), now(), job.id, actor.id, queue.id
FROM (VALUES
    ('hourly, in time', 'Logs Cleanup', 'hourly', '', -6000, 20, 100, true, false, false),
    ('hourly, overdue', 'Logs Cleanup', 'hourly', '', -6000, 200, 90, true, false, false),
    ('daily, in time', 'Compliance', 'daily', '', -60000, 600, 40, true, false, false),
    ('daily, overdue', 'Compliance', 'daily', '', -60000, 4000, 38, true, false, false),
    ('weekly, in time', 'Compliance', 'weekly', '', -60000, 5000, 6, true, false, false),
    ('never ran', 'Compliance', 'daily', '', -5000, NULL, 0, true, false, false),
    ('not yet', 'Compliance', 'daily', '', 5000, NULL, 0, true, false, false),
    ('crontab', 'Backup "all" \ é 字', 'custom', '0 0 29 2 *', -60000, 5, 4000, true, false, false),
    ('crontab, overdue', 'Backup "all" \ é 字', 'custom', '0 3 * * *', -60000, 20000, 12, true, false, false),
    ('no crontab', 'Backup "all" \ é 字', 'custom', 'whenever', -60000, 20000, 12, true, false, false),
    ('disabled', 'Compliance', 'hourly', '', -60000, 50000, 12, false, false, false),
    ('once, done', 'Compliance', 'future', '', -900, 900, 1, false, false, false),
    ('once, to come', 'Compliance', 'future', '', 900, NULL, 0, true, false, false),
    ('once, missed', 'Compliance', 'future', '', -900, NULL, 0, true, false, false),
    (E'approve "me" \\ é\nnow\r', 'Compliance', 'immediately', '', -30, NULL, 0, true, true, false),
    ('approved', 'Compliance', 'immediately', '', -40, 35, 1, false, true, true)
) AS made (name, job, every, crontab, starts, last_run, runs, enabled, approval, approved)
JOIN extras_job AS job ON job.name = made.job
JOIN extras_jobqueue AS queue ON queue.id = job.default_job_queue_id
JOIN auth_user AS actor ON actor.username = 'scheduler';
-- Its job was deleted.
INSERT INTO extras_scheduledjob (name, task, "interval", start_time, enabled, args, celery_kwargs)
VALUES ('no job', 'gone.jobs.Gone', 'daily', now() - interval '9 days', true, '[]', '{}');
INSERT INTO extras_scheduledjobs (ident, last_update) VALUES (1, now());

-- Repositories; one was never synced.
INSERT INTO extras_gitrepository (id, name, slug, remote_url, branch, provided_contents) VALUES
    ('aaaaaaaa-0000-4000-8000-000000000001', 'backbone configs', 'backbone', 'https://git.example.com/backbone.git', 'main', '["extras.configcontext"]'),
    ('aaaaaaaa-0000-4000-8000-000000000002', 'never synced', 'never', 'https://git.example.com/never.git', 'main', '["extras.job"]'),
    ('aaaaaaaa-0000-4000-8000-000000000003', E'odd "quoted" \\ back é 字\nnew\rreturn', 'odd', 'https://git.example.com/odd.git', 'main', '[]'),
    ('aaaaaaaa-0000-4000-8000-000000000004', 'queued', 'queued', 'https://git.example.com/queued.git', 'main', '[]'),
    ('aaaaaaaa-0000-4000-8000-000000000005', 'Git Repository: Sync', 'sync', 'https://git.example.com/sync.git', 'main', '[]');

-- Results: name, job (if it still exists), task, status, hours since 2026-11-01 and run time in minutes (none: unfinished),
-- arguments. The newest of a name is the one created last; then the one with the greater id.
CREATE FUNCTION pg_temp.add(name text, job text, task text, status text, hours float, minutes float, kwargs jsonb DEFAULT '{}',
    id uuid DEFAULT NULL, queue text DEFAULT 'default') RETURNS void LANGUAGE sql AS $$
    INSERT INTO extras_jobresult (id, name, date_created, date_started, date_done, status, result, traceback, worker,
        task_name, task_args, task_kwargs, celery_kwargs, job_model_id, user_id)
    SELECT coalesce(id, md5(concat('result', name, status, hours))::uuid), name, created,
        CASE WHEN status <> 'PENDING' THEN created + interval '7 seconds' END, created + interval '7 seconds' + minutes * interval '1 minute',
        status, CASE WHEN minutes IS NOT NULL THEN to_jsonb(repeat('output ', 200)) END,
        CASE WHEN status = 'FAILURE' THEN repeat(E'Traceback (most recent call last):\n', 20) END,
        CASE WHEN status <> 'PENDING' THEN 'celery@worker-1' END,
        task, '[]', kwargs, CASE WHEN queue IS NULL THEN '{}' ELSE jsonb_build_object('queue', queue) END,
        (SELECT j.id FROM extras_job j WHERE j.name = add.job), (SELECT u.id FROM auth_user u WHERE u.username = 'zoë')
    FROM (SELECT timestamptz '2026-11-01 00:00:00+00' + hours * interval '1 hour' AS created) AS time
$$;
CREATE FUNCTION pg_temp.sync(name text, repository text, status text, hours float, minutes float) RETURNS void LANGUAGE sql AS $$
    SELECT pg_temp.add(name, name, CASE WHEN status <> 'PENDING' THEN 'nautobot.core.jobs.GitRepository' || CASE name WHEN 'Git Repository: Sync' THEN 'Sync' ELSE 'DryRun' END END,
        status, hours, minutes, jsonb_build_object('repository', repository))
$$;

DO $$ BEGIN
    -- jobs as they go: many runs, the last of which counts
    PERFORM pg_temp.add('Backup "all" \ é 字', 'Backup "all" \ é 字', 'backup.jobs.Backup', CASE WHEN n % 6 = 0 THEN 'FAILURE' ELSE 'SUCCESS' END,
        n, n % 9, '{}', NULL, 'bulk') FROM generate_series(1, 120) AS n;
    PERFORM pg_temp.add('Compliance', 'Compliance', 'reports.Compliance', 'SUCCESS', 12 * n, 30, jsonb_build_object('dryrun', n % 2 = 0), NULL, 'kube "é"')
        FROM generate_series(1, 14) AS n;
    PERFORM pg_temp.add('Logs Cleanup', 'Logs Cleanup', 'nautobot.core.jobs.cleanup.LogsCleanup', 'SUCCESS', 24 * n, 0.5) FROM generate_series(1, 7) AS n;
    PERFORM pg_temp.add('Export Object List', 'Export Object List', 'nautobot.core.jobs.ExportObjectList', 'REVOKED', 3, 0);
    -- several unfinished runs, around one that finished
    PERFORM pg_temp.add('Stuck', 'Compliance', 'reports.Stuck', 'STARTED', 1, NULL);
    PERFORM pg_temp.add('Stuck', 'Compliance', NULL, 'PENDING', 2, NULL);
    PERFORM pg_temp.add('Stuck', 'Compliance', 'reports.Stuck', 'SUCCESS', 3, 1);
    PERFORM pg_temp.add('Queued', 'Compliance', 'reports.Queued', 'SUCCESS', 1, 1);
    PERFORM pg_temp.add('Queued', 'Compliance', 'reports.Queued', 'STARTED', 2, NULL);
    PERFORM pg_temp.add('Queued', 'Compliance', NULL, 'PENDING', 3, NULL);
    PERFORM pg_temp.add('Taken up', 'Compliance', 'reports.TakenUp', 'RECEIVED', 3, NULL);
    PERFORM pg_temp.add('Tried again', 'Compliance', 'reports.TriedAgain', 'RETRY', 3, NULL);
    -- done in another order than created
    PERFORM pg_temp.add('Overtaken', 'Compliance', 'reports.Overtaken', 'FAILURE', 1, 600);
    PERFORM pg_temp.add('Overtaken', 'Compliance', 'reports.Overtaken', 'SUCCESS', 2, 1);
    -- created at the same moment
    PERFORM pg_temp.add('Twins', NULL, 'reports.Twins', 'SUCCESS', 1, 1, '{}', 'ffffffff-0000-4000-8000-000000000002');
    PERFORM pg_temp.add('Twins', NULL, 'reports.Twins', 'FAILURE', 1, 9, '{}', '0fffffff-0000-4000-8000-000000000001');
    -- statuses beside the seven
    PERFORM pg_temp.add('Ignored', 'Compliance', 'reports.Ignored', 'IGNORED', 1, 1);
    PERFORM pg_temp.add('Rejected', 'Compliance', 'reports.Rejected', 'REJECTED', 1, 1);
    PERFORM pg_temp.add('Lower case', 'Compliance', 'reports.LowerCase', 'success', 1, 1);
    PERFORM pg_temp.add('No status', NULL, 'reports.NoStatus', '', 1, 1);
    PERFORM pg_temp.add('Odd status', NULL, 'reports.OddStatus', E'"\\\n', 1, 1);
    -- names
    PERFORM pg_temp.add(E'"quote" ''single'' \\ back\nnew\rreturn\ttab', NULL, 'odd.Name', 'SUCCESS', 1, 1);
    PERFORM pg_temp.add('ünïcode/任务🚦', NULL, 'odd.Unicode', 'SUCCESS', 1, 1);
    PERFORM pg_temp.add(repeat('x', 255), NULL, 'odd.Long', 'SUCCESS', 1, 1);
    PERFORM pg_temp.add(' ', NULL, 'odd.Blank', 'FAILURE', 1, 1);
    PERFORM pg_temp.add('compliance', 'Compliance', 'reports.Compliance', 'FAILURE', 1, 1);
    -- a task that is no job has no name until it is done
    PERFORM pg_temp.add('', NULL, NULL, 'STARTED', 1, NULL, '{}', NULL, NULL);
    PERFORM pg_temp.add('nautobot.extras.tasks.process_webhook', NULL, 'nautobot.extras.tasks.process_webhook', 'SUCCESS', 1, 0, '{}', NULL, NULL);
    -- jobs that were uninstalled and deleted
    PERFORM pg_temp.add('Retired job', 'Retired job', 'reports.Retired', 'SUCCESS', 1, 1);
    PERFORM pg_temp.add('Deleted job', NULL, 'gone.jobs.Gone', 'FAILURE', 1, 1);
    PERFORM pg_temp.add('Deleted job', NULL, NULL, 'PENDING', 2, NULL);
    -- left by 1.6, where jobs are class paths and repositories have their own names
    PERFORM pg_temp.add('local/users/CheckUser', NULL, NULL, 'SUCCESS', -9000, 1, '{}', NULL, NULL);
    PERFORM pg_temp.add('backbone configs', NULL, NULL, 'FAILURE', -9000, 1, '{}', NULL, NULL);
    -- of the same class name as a sync, and none
    PERFORM pg_temp.add('Our sync', 'Our sync', 'our_app.jobs.GitRepositorySync', 'SUCCESS', 1, 1);
    PERFORM pg_temp.add('Our sync', 'Our sync', NULL, 'PENDING', 2, NULL);
    PERFORM pg_temp.add('Almost a sync', NULL, 'nautobot.core.jobs.git.GitRepositorySync', 'SUCCESS', 1, 1);
    -- nobody can know any more that this was to be a sync
    PERFORM pg_temp.add('Git Repository: Sync', NULL, NULL, 'PENDING', 300, NULL);
END $$;
DO $$ BEGIN
    -- syncs and dry runs: each repository has its own last one
    PERFORM pg_temp.sync('Git Repository: Sync', 'aaaaaaaa-0000-4000-8000-000000000001', 'SUCCESS', n, 1) FROM generate_series(1, 9) AS n;
    PERFORM pg_temp.sync('Git Repository: Dry-Run', 'aaaaaaaa-0000-4000-8000-000000000001', 'FAILURE', 8.5, 1);
    PERFORM pg_temp.sync('Git Repository: Sync', 'aaaaaaaa-0000-4000-8000-000000000003', 'STARTED', 3.5, NULL);
    PERFORM pg_temp.sync('Git Repository: Sync', 'aaaaaaaa-0000-4000-8000-000000000003', 'FAILURE', 4.5, 2);
    PERFORM pg_temp.sync('Git Repository: Dry-Run', 'aaaaaaaa-0000-4000-8000-000000000003', 'SUCCESS', 5.5, 2);
    PERFORM pg_temp.sync('Git Repository: Sync', 'aaaaaaaa-0000-4000-8000-000000000004', 'SUCCESS', 9.5, 1);
    PERFORM pg_temp.sync('Git Repository: Sync', 'aaaaaaaa-0000-4000-8000-000000000004', 'PENDING', 10.5, NULL);
    PERFORM pg_temp.sync('Git Repository: Dry-Run', 'aaaaaaaa-0000-4000-8000-000000000004', 'PENDING', 10.2, NULL);
    PERFORM pg_temp.sync('Git Repository: Sync', 'aaaaaaaa-0000-4000-8000-000000000005', 'IGNORED', 2.5, 1);
    -- of a repository that was deleted
    PERFORM pg_temp.sync('Git Repository: Sync', 'aaaaaaaa-0000-4000-8000-00000000000f', 'SUCCESS', 11.5, 1);
    -- by another name, and with arguments that name no repository
    PERFORM pg_temp.add(E'Nightly "sync" \\ é\nall', NULL, 'nautobot.core.jobs.GitRepositorySync', 'SUCCESS', 7.5, 1,
        '{"repository": "aaaaaaaa-0000-4000-8000-000000000005"}');
    PERFORM pg_temp.add('No repository', NULL, 'nautobot.core.jobs.GitRepositorySync', 'FAILURE', 12, 1, kwargs, md5(kwargs::text)::uuid)
        FROM unnest(ARRAY['{}', '[]', '"aaaaaaaa-0000-4000-8000-000000000001"', 'null', '{"repository": null}', '{"repository": ["x"]}',
            '{"repository": "no id"}', '["repository"]', '7']::jsonb[]) AS kwargs;
END $$;

-- Log entries: of each result as many as its day of the month, by level and grouping.
INSERT INTO extras_joblogentry (log_level, grouping, message, created, log_object, job_result_id)
SELECT level, (ARRAY['initialization', 'run', 'run', 'post_run'])[1 + n % 4], 'entry ' || n, result.date_created + n * interval '1 second',
    CASE WHEN n % 3 = 0 THEN 'eth' || n ELSE '' END, result.id
FROM extras_jobresult AS result, generate_series(1, extract(day FROM result.date_created)::int) AS n,
    LATERAL (SELECT (ARRAY['debug', 'info', 'warning', 'error', 'critical', 'success', 'failure'])[1 + n % 7] AS level) AS of
WHERE result.name NOT IN ('Twins', 'Taken up');
-- Entries that nobody expects, of one result each.
INSERT INTO extras_joblogentry (log_level, grouping, message, created, job_result_id)
SELECT level, made.grouping, '', result.date_created, result.id
FROM (VALUES
    ('Export Object List', 'success', 'total'), ('Export Object List', 'critical', 'total'), ('Export Object List', 'info', 'Total'),
    ('Ignored', 'info', ''), ('Ignored', 'failure', ' '),
    ('Rejected', 'default', 'no counted level'), ('Rejected', 'debug', 'no counted level'), ('Rejected', 'INFO', 'no counted level'),
    ('Lower case', 'error', E'grüppe "1" \\ \n\r\t字'), ('Lower case', 'notice', 'run'), ('Lower case', '', 'run'),
    ('No status', 'critical', repeat('g', 100)),
    ('Twins', 'success', 'run'), ('Twins', 'failure', 'run'), ('Twins', 'info', 'post_run')
) AS made (name, level, grouping) JOIN extras_jobresult AS result ON result.name = made.name;
-- More groupings than most.
INSERT INTO extras_joblogentry (log_level, grouping, message, job_result_id)
SELECT CASE WHEN n % 5 = 0 THEN 'warning' ELSE 'success' END, 'device ' || n % 40, 'checked', id
FROM extras_jobresult, generate_series(1, 200) AS n WHERE name = 'Compliance' AND date_created > '2026-11-05';
