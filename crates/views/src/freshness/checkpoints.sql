SELECT b.projection, b.version, min(s.position)
FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name)
JOIN public.projection_shards s USING (schema_name)
GROUP BY b.projection, b.version
