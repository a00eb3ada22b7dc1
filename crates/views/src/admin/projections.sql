-- The projections by name, with what operators asked for and what of it is not carried out yet.
SELECT n.name, h.position AS head, coalesce(g.paused, false) AS paused, a.asked, a.pending
FROM (SELECT unnest($2::text[]) COLLATE "C" AS name UNION SELECT projection FROM projection_pointers) n
CROSS JOIN head h
LEFT JOIN projection_settings g ON g.projection = n.name
CROSS JOIN LATERAL (
    SELECT coalesce(max(e.version), 0) AS asked,
           count(*) FILTER (WHERE e.position > coalesce((SELECT position FROM projection_control), 0)) AS pending
    FROM events e WHERE e.stream = 'projection-' || n.name) a
WHERE $1::text IS NULL OR n.name = $1
ORDER BY n.name
