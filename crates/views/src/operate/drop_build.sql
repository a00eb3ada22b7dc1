-- The one that could be gone back to, also while readers are about to.
UPDATE public.projection_builds b SET phase = 'dropping'
WHERE b.projection = $1
  AND (b.phase = 'retired'
       OR b.schema_name = (SELECT s.rollback_to FROM public.projection_settings s WHERE s.projection = $1))
  AND NOT EXISTS (SELECT FROM public.projection_pointers p WHERE p.schema_name = b.schema_name)
