-- The shards of the build that readers of a view see, what was counted for them so far, and the log's head: one snapshot.
SELECT s.schema_name, s.shard, s.position, s.events, s.events_digest::text, b.shards, h.position,
       coalesce(a.position, 0), coalesce(a.events, 0), coalesce(a.events_digest, 0)::text
FROM public.projection_pointers p
JOIN public.projection_builds b USING (schema_name)
JOIN public.projection_shards s USING (schema_name)
CROSS JOIN public.head h
LEFT JOIN public.projection_audits a
    ON a.subject = p.projection AND a.schema_name = s.schema_name AND a.shard = s.shard
WHERE p.projection = $1 AND b.version = $2
ORDER BY s.shard
