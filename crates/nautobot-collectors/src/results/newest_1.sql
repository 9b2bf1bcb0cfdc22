-- Nautobot 1.x: the newest result of each name, of jobs ($1 = 'job') or of Git repositories ('gitrepository').
WITH newest AS (
    SELECT DISTINCT ON (name) $1::text AS kind, id, name, status
    FROM extras_jobresult
    WHERE obj_type_id = (SELECT id FROM django_content_type WHERE app_label = 'extras' AND model = $1)
    ORDER BY name, created DESC, id DESC
)
