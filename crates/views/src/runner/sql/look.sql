SELECT b.schema_name, b.projection, b.version, b.shards, b.phase, p.schema_name IS NOT NULL AS live,
       coalesce(g.paused, false) AS paused,
       EXISTS (SELECT FROM public.projection_parked k
               WHERE k.schema_name = b.schema_name AND k.wanted IS NOT NULL) AS wanted,
       s.shard, s.worker, s.epoch, s.position, s.lease_until < now() AS expired,
       s.last_error IS NOT NULL AS troubled
FROM public.projection_builds b
JOIN public.projection_shards s USING (schema_name)
LEFT JOIN public.projection_pointers p ON p.projection = b.projection AND p.schema_name = b.schema_name
LEFT JOIN public.projection_settings g ON g.projection = b.projection
WHERE b.phase IN ('filling', 'following')
ORDER BY b.schema_name, s.shard
