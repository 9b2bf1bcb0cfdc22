-- By the server's clock, as the times are.
SELECT
    id::text AS id,
    greatest(0, extract(epoch FROM now() - date_created))::double precision AS age
FROM extras_jobresult
WHERE id = ANY ($1::text[]::uuid[])
