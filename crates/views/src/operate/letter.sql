-- The one that failed, not those that wait behind it. Its shard's worker does it.
UPDATE public.projection_parked p SET wanted = $3
FROM public.projection_builds b
WHERE b.projection = $1 AND b.schema_name = p.schema_name AND b.phase IN ('filling', 'following')
  AND p.position = $2 AND p.error IS NOT NULL
