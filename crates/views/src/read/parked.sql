SELECT key, position FROM public.projection_parked
WHERE schema_name = $1 AND key = ANY ($2)
ORDER BY position LIMIT 1
