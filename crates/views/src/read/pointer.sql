SELECT b.position, set_config('search_path', b.schema_name, true)
FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name)
WHERE p.projection = $1 AND b.version = $2
