INSERT INTO public.projection_settings (projection, rollback_to)
SELECT $1, b.schema_name FROM public.projection_builds b
WHERE b.projection = $1 AND b.phase = 'retired'
ORDER BY b.switched_at DESC LIMIT 1
ON CONFLICT (projection) DO UPDATE SET rollback_to = excluded.rollback_to
