-- The builds that somebody reads, fills or may go back to, with what is parked and what was left out.
SELECT b.projection, b.schema_name, b.version, b.phase, b.created_at, b.switched_at, p.schema_name IS NOT NULL AS live,
       k.failed, k.waiting, k.error, (SELECT count(*) FROM projection_skips s WHERE s.schema_name = b.schema_name) AS skipped
FROM projection_builds b
LEFT JOIN projection_pointers p ON p.projection = b.projection AND p.schema_name = b.schema_name
CROSS JOIN LATERAL (
    SELECT count(*) FILTER (WHERE error IS NOT NULL) AS failed, count(*) FILTER (WHERE error IS NULL) AS waiting,
           (array_agg(format('position %s: %s', position, error) ORDER BY failed_at DESC) FILTER (WHERE error IS NOT NULL))[1]
               AS error
    FROM projection_parked WHERE schema_name = b.schema_name) k
WHERE b.phase IN ('filling', 'following', 'retired') AND ($1::text IS NULL OR b.projection = $1)
ORDER BY b.projection, b.version, b.build
