-- Readers never go back: an older process may still be filling the build that they see.
UPDATE public.projection_pointers p SET schema_name = new.schema_name
FROM public.projection_builds new, public.projection_builds old
WHERE p.projection = $1 AND old.schema_name = p.schema_name AND new.schema_name = $2
  AND new.position >= old.position
