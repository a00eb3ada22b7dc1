SELECT r.rebuild_id, r.state, r.promote, r.schema_name, r.events_per_second, b.phase, head.position AS head,
       r.comparison IS NOT NULL AS compared,
       coalesce((SELECT min(s.position) FROM public.projection_shards s WHERE s.schema_name = r.schema_name), 0) AS least,
       coalesce((SELECT s.paused FROM public.projection_settings s WHERE s.projection = r.projection), false) AS paused
FROM public.head, public.projection_rebuilds r LEFT JOIN public.projection_builds b USING (schema_name)
WHERE r.projection = $1 AND r.version = $2 AND r.state IN ('requested', 'filling', 'paused', 'ready', 'differs')
