-- The build that readers see.
SELECT b.schema_name, b.version, b.shards
FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name)
WHERE p.projection = $1
