-- The build to go back to, as long as there is a way.
SELECT b.schema_name
FROM public.projection_settings s JOIN public.projection_builds b ON b.schema_name = s.rollback_to
WHERE s.projection = $1 AND b.version = $2 AND b.phase IN ('retired', 'following')
  AND NOT EXISTS (SELECT FROM public.projection_pointers p WHERE p.schema_name = b.schema_name)
