-- Readers never go back: an older process may still be filling the build that they see.
WITH filled AS (
    UPDATE public.projection_builds b SET phase = 'following', switched_at = now()
    WHERE b.projection = $1 AND b.version = $2 AND b.phase = 'filling'
      AND (SELECT min(s.position) FROM public.projection_shards s WHERE s.schema_name = b.schema_name)
          >= greatest($3, (SELECT min(s.position) FROM public.projection_pointers p
                           JOIN public.projection_shards s USING (schema_name) WHERE p.projection = $1))
    RETURNING b.schema_name)
UPDATE public.projection_pointers p SET schema_name = filled.schema_name FROM filled WHERE p.projection = $1
