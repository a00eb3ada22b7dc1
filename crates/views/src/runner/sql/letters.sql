SELECT position, wanted IS NOT DISTINCT FROM 'skip' FROM public.projection_parked
WHERE schema_name = $1 AND key = $2
ORDER BY position LIMIT $3
