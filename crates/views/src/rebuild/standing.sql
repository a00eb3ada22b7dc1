-- A build, and how far its shards have come.
SELECT b.schema_name, b.projection, b.version, b.shards, b.phase, min(s.position) AS least, max(s.position) AS most
FROM public.projection_builds b JOIN public.projection_shards s USING (schema_name)
WHERE b.schema_name = coalesce($2, (SELECT p.schema_name FROM public.projection_pointers p WHERE p.projection = $1))
GROUP BY b.schema_name
