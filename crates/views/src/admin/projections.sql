-- The projections by name, with what operators asked for and what of it is not carried out yet.
WITH waits AS (
    -- What is written down is switched to, retried or skipped by whoever comes by.
    SELECT projection, count(*) AS number
    FROM (SELECT projection FROM projection_settings WHERE rollback_to IS NOT NULL
          UNION ALL
          SELECT projection FROM projection_rebuilds WHERE promote = 'now' AND state IN ('ready', 'differs')
          UNION ALL
          SELECT projection
          FROM (SELECT DISTINCT b.projection, k.position
                FROM projection_parked k JOIN projection_builds b USING (schema_name)
                WHERE k.wanted IS NOT NULL AND b.phase IN ('filling', 'following')) k) w
    GROUP BY projection),
comparisons AS (
    -- Of live builds with a fold of the log, as long as readers see them.
    SELECT p.projection, v.started_at AS at,
           CASE v.state WHEN 'differs' THEN format('verification %s differs', v.verification_id) END AS difference
    FROM projection_pointers p JOIN projection_verifications v USING (projection, schema_name)
    WHERE v.state IN ('equal', 'differs')
    UNION ALL
    SELECT p.projection, r.started_at, format('rebuild %s differs', r.rebuild_id)
    FROM projection_rebuilds r
    JOIN projection_pointers p USING (projection)
    JOIN projection_builds b ON b.schema_name = p.schema_name
    WHERE r.state IN ('differs', 'cancelled') AND r.comparison ->> 'equal' = 'false'
      AND r.started_at > coalesce(b.switched_at, b.created_at)),
found AS (SELECT DISTINCT ON (projection) projection, difference FROM comparisons ORDER BY projection, at DESC)
SELECT n.name, h.position AS head, coalesce(g.paused, false) AS paused, a.asked,
       a.unheard + coalesce(w.number, 0) AS pending, f.difference
FROM (SELECT unnest($2::text[]) COLLATE "C" AS name UNION SELECT projection FROM projection_pointers) n
CROSS JOIN head h
LEFT JOIN projection_settings g ON g.projection = n.name
LEFT JOIN waits w ON w.projection = n.name
LEFT JOIN found f ON f.projection = n.name
CROSS JOIN LATERAL (
    SELECT coalesce(max(e.version), 0) AS asked,
           count(*) FILTER (WHERE e.position > coalesce((SELECT position FROM projection_control), 0)) AS unheard
    FROM events e WHERE e.stream = 'projection-' || n.name) a
WHERE $1::text IS NULL OR n.name = $1
ORDER BY n.name
