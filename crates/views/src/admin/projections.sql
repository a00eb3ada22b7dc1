-- The projections by name, with what operators asked for and what of it is not carried out yet.
SELECT n.name, h.position AS head, coalesce(g.paused, false) AS paused, a.asked,
       f.difference,
       a.unheard + (g.rollback_to IS NOT NULL)::integer
           -- Switched to, retried or skipped by whoever comes by.
           + (SELECT count(*) FROM projection_rebuilds r
              WHERE r.projection = n.name AND r.promote = 'now' AND r.state IN ('ready', 'differs'))
           + (SELECT count(DISTINCT k.position) FROM projection_builds b JOIN projection_parked k USING (schema_name)
              WHERE b.projection = n.name AND b.phase IN ('filling', 'following') AND k.wanted IS NOT NULL) AS pending
FROM (SELECT unnest($2::text[]) COLLATE "C" AS name UNION SELECT projection FROM projection_pointers) n
CROSS JOIN head h
LEFT JOIN projection_settings g ON g.projection = n.name
CROSS JOIN LATERAL (
    SELECT coalesce(max(e.version), 0) AS asked,
           count(*) FILTER (WHERE e.position > coalesce((SELECT position FROM projection_control), 0)) AS unheard
    FROM events e WHERE e.stream = 'projection-' || n.name) a
LEFT JOIN LATERAL (
    -- What whoever last compared the live build with a fold of the log found, as long as readers see it.
    SELECT d.difference
    FROM projection_pointers p
    JOIN projection_builds b USING (schema_name)
    CROSS JOIN LATERAL (
        SELECT v.started_at AS at,
               CASE v.state WHEN 'differs' THEN format('verification %s differs', v.verification_id) END AS difference
        FROM projection_verifications v
        WHERE v.projection = n.name AND v.schema_name = p.schema_name AND v.state IN ('equal', 'differs')
        UNION ALL
        SELECT r.started_at, format('rebuild %s differs', r.rebuild_id)
        FROM projection_rebuilds r
        WHERE r.projection = n.name AND r.state IN ('differs', 'cancelled') AND r.comparison ->> 'equal' = 'false'
          AND r.started_at > coalesce(b.switched_at, b.created_at)) d
    WHERE p.projection = n.name
    ORDER BY d.at DESC LIMIT 1) f ON true
WHERE $1::text IS NULL OR n.name = $1
ORDER BY n.name
