SELECT b.schema_name FROM public.projection_builds b
WHERE b.projection = $1 AND b.phase = 'dropping'
  AND NOT EXISTS (SELECT FROM public.projection_pointers p WHERE p.schema_name = b.schema_name)
