SELECT b.schema_name, b.projection, b.version, b.shards, b.phase, p.schema_name IS NOT NULL AS live,
       -- A build that is filled stands still where its rebuild does. Whoever pauses the projection means what readers see:
       -- one that may come after it, or is to be gone back to, catches up.
       CASE b.phase WHEN 'filling' THEN r.state IS DISTINCT FROM 'filling'
                    ELSE coalesce(g.paused AND p.schema_name IS NOT NULL, false) END AS paused,
       EXISTS (SELECT FROM public.projection_parked k
               WHERE k.schema_name = b.schema_name AND k.wanted IS NOT NULL) AS wanted,
       s.shard, s.worker, s.epoch, s.position, s.lease_until < now() AS expired,
       s.last_error IS NOT NULL AS troubled, r.events_per_second
FROM public.projection_builds b
JOIN public.projection_shards s USING (schema_name)
LEFT JOIN public.projection_pointers p ON p.projection = b.projection AND p.schema_name = b.schema_name
LEFT JOIN public.projection_settings g ON g.projection = b.projection
LEFT JOIN public.projection_rebuilds r ON b.phase = 'filling' AND r.schema_name = b.schema_name
WHERE b.phase IN ('filling', 'following')
ORDER BY b.schema_name, s.shard
