-- What a decision about a projection looks at, in one snapshot.
WITH control AS (SELECT coalesce((SELECT position FROM projection_control), 0) AS position),
worked AS (SELECT schema_name FROM projection_builds WHERE projection = $1 AND phase IN ('filling', 'following'))
SELECT EXISTS (SELECT FROM projection_pointers WHERE projection = $1) AS built,
       (SELECT count(*) FROM events e, control c WHERE e.stream = 'projection-' || $1 AND e.position <= c.position)
           AS carried_out,
       l.rebuild_id AS latest_id, l.state AS latest_state, n.rebuild_id AS named_id, n.state AS named_state,
       EXISTS (SELECT FROM projection_builds WHERE projection = $1 AND phase = 'retired') AS former_build,
       EXISTS (SELECT FROM projection_verifications WHERE projection = $1 AND state IN ('requested', 'running'))
           AS verifying,
       EXISTS (SELECT FROM worked JOIN projection_parked USING (schema_name) WHERE position = $3) AS parked,
       EXISTS (SELECT FROM worked JOIN projection_parked USING (schema_name) WHERE position = $3 AND error IS NOT NULL)
           AS failed,
       (SELECT min(f.position) FROM worked JOIN projection_parked w USING (schema_name)
        JOIN projection_parked f ON f.schema_name = w.schema_name AND f.key = w.key AND f.error IS NOT NULL
        WHERE w.position = $3) AS waits_for
FROM (SELECT) one
LEFT JOIN LATERAL (SELECT rebuild_id, state FROM projection_rebuilds WHERE projection = $1
                   ORDER BY requested_at DESC, rebuild_id DESC LIMIT 1) l ON true
LEFT JOIN projection_rebuilds n ON n.rebuild_id = $2 AND n.projection = $1
