-- Of the live version, or of the one that this process knows, if that is newer. One at a time: a second one has failed
-- before it began.
INSERT INTO public.projection_rebuilds (
    rebuild_id, projection, version, state, promote, events_per_second, target, error, requested_at, finished_at)
SELECT $1, $2, coalesce(known.version, 0), CASE WHEN refused.why IS NULL THEN 'requested' ELSE 'failed' END, $4, $5,
       head.position, refused.why, $6::timestamptz, CASE WHEN refused.why IS NOT NULL THEN now() END
FROM public.head,
     LATERAL (SELECT greatest($3::integer, (SELECT b.version FROM public.projection_pointers p
                                            JOIN public.projection_builds b USING (schema_name)
                                            WHERE p.projection = $2)) AS version) AS known,
     LATERAL (SELECT CASE
         WHEN known.version IS NULL THEN 'there is no such projection'
         WHEN EXISTS (SELECT FROM public.projection_rebuilds r
                      WHERE r.projection = $2 AND r.state IN ('requested', 'filling', 'paused', 'ready', 'differs'))
             THEN 'another rebuild was under way'
         END AS why) AS refused
ON CONFLICT (rebuild_id) DO NOTHING
