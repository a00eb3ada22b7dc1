SELECT k.position FROM public.projection_pointers p
JOIN public.projection_builds b USING (schema_name)
JOIN public.projection_skips k USING (schema_name)
WHERE p.projection = $1 AND b.version = $2 AND k.position <= $3
