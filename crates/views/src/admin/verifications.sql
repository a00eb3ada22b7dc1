-- Verifications, newest first: those that the engine knows of, and those that it has not taken notice of yet.
WITH known AS (
    SELECT verification_id, projection, state, schema_name, position, events_done, report, error, requested_at, started_at,
           finished_at
    FROM projection_verifications WHERE projection = ANY ($1)
    UNION ALL
    SELECT (e.data ->> 'operation_id')::uuid, e.data ->> 'projection', 'requested', NULL, NULL, 0, NULL, NULL, e.recorded_at,
           NULL, NULL
    FROM unnest($1::text[]) AS n(name)
    JOIN events e ON e.stream = 'projection-' || n.name
    WHERE e.position > coalesce((SELECT position FROM projection_control), 0)
      AND e.data ->> 'operation' = 'PROJECTION_OPERATION_VERIFY')
SELECT v.* FROM known v
WHERE ($2::uuid IS NULL OR v.verification_id = $2)
  -- Only the newest of each.
  AND (NOT $3 OR NOT EXISTS (SELECT FROM known o WHERE o.projection = v.projection
                             AND (o.requested_at, o.verification_id) > (v.requested_at, v.verification_id)))
ORDER BY v.requested_at DESC, v.verification_id DESC
