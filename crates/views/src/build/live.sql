SELECT b.schema_name, b.projection, b.version, b.shards, b.phase
FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name)
WHERE p.projection = $1
