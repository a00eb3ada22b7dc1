-- Rebuilds, newest first: those that the engine knows of, and those that it has not taken notice of yet.
WITH asked AS (
    SELECT (e.data ->> 'operation_id')::uuid AS rebuild_id, e.data ->> 'projection' AS projection, NULL AS schema_name,
           NULL::integer AS version, 'requested' AS state,
           CASE e.data ->> 'promote' WHEN 'PROMOTION_MANUAL' THEN 'manual' ELSE 'if_equal' END AS promote,
           nullif((e.data ->> 'events_per_second')::bigint, 0) AS events_per_second, e.position AS target,
           NULL::json AS comparison, NULL AS error, e.recorded_at AS requested_at, NULL::timestamptz AS started_at,
           NULL::timestamptz AS finished_at
    FROM unnest($1::text[]) AS n(name)
    JOIN events e ON e.stream = 'projection-' || n.name
    WHERE e.position > coalesce((SELECT position FROM projection_control), 0)
      AND e.data ->> 'operation' = 'PROJECTION_OPERATION_REBUILD'),
known AS (
    SELECT rebuild_id, projection, schema_name, version, state, promote, events_per_second, target, comparison, error,
           requested_at, started_at, finished_at
    FROM projection_rebuilds WHERE projection = ANY ($1)
    UNION ALL
    SELECT * FROM asked)
SELECT r.*, s.done, s.rate, extract(epoch FROM clock_timestamp() - r.started_at)::float8 AS seconds,
       CASE WHEN r.state = 'paused' THEN 'resume_rebuild'
            WHEN r.promote = 'now' THEN NULL
            WHEN r.state = 'ready' AND r.comparison IS NULL THEN CASE WHEN g.paused THEN 'resume' END
            WHEN r.state IN ('ready', 'differs') THEN 'promote' END AS waits_for
FROM known r
LEFT JOIN projection_settings g USING (projection)
CROSS JOIN LATERAL (
    SELECT min(position) AS done,
           -- Every shard goes through the whole log: the slowest says how fast it goes on.
           coalesce(min(CASE WHEN worker IS NOT NULL AND lease_until > clock_timestamp()
                              AND updated_at > clock_timestamp() - interval '5 s' THEN rate ELSE 0 END), 0)::float8 AS rate
    FROM projection_shards WHERE schema_name = r.schema_name) s
WHERE ($2::uuid IS NULL OR r.rebuild_id = $2)
  -- Only the newest of each.
  AND (NOT $3 OR NOT EXISTS (SELECT FROM known o WHERE o.projection = r.projection
                             AND (o.requested_at, o.rebuild_id) > (r.requested_at, r.rebuild_id)))
  AND ($4::timestamptz IS NULL OR (r.requested_at, r.rebuild_id) < ($4, $5::uuid))
ORDER BY r.requested_at DESC, r.rebuild_id DESC
LIMIT $6
