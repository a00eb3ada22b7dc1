SELECT b.schema_name FROM public.projection_builds b
WHERE b.projection = $1 AND b.version < $2
  AND EXISTS (SELECT FROM public.projection_pointers p JOIN public.projection_builds live USING (schema_name)
              WHERE p.projection = $1 AND live.version = $2)
