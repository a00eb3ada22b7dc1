-- The events that could not be applied, of the builds that are kept up. One that failed in several builds is told once, as
-- it stands in the live one.
SELECT DISTINCT ON (k.position) k.position, k.schema_name, k.key, k.shard, k.type, k.stream, k.error, k.attempts,
       k.parked_at, k.failed_at, k.wanted, p.schema_name IS NOT NULL AS live,
       (SELECT count(*) FROM projection_parked w
        WHERE w.schema_name = k.schema_name AND w.key = k.key AND w.error IS NULL) AS waiting,
       h.position AS head
FROM projection_builds b
JOIN projection_parked k USING (schema_name)
LEFT JOIN projection_pointers p ON p.projection = b.projection AND p.schema_name = b.schema_name
CROSS JOIN head h
WHERE b.projection = $1 AND b.phase IN ('filling', 'following') AND k.error IS NOT NULL AND k.position > $2
ORDER BY k.position, live DESC
LIMIT $3
