SELECT b.projection, b.version, b.position
FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name)
