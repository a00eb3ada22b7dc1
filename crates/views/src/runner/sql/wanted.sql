SELECT key, shard FROM public.projection_parked
WHERE schema_name = $1 AND shard = ANY ($2) AND wanted IS NOT NULL
ORDER BY position LIMIT 1
