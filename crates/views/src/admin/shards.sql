-- Who holds a shard says the lease; whether there still is such a worker, its session does. What is not applied yet is as
-- old as the first event of the log after the shard's position.
WITH sessions AS MATERIALIZED (
    SELECT l.objid::bigint AS number
    FROM pg_locks l
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND l.classid::bigint = hashtext('chancery projection worker') & 4294967295)
SELECT s.schema_name, s.shard, s.position, s.epoch, s.worker, w.host, w.pid,
       CASE WHEN s.lease_until > '-infinity' THEN s.lease_until END AS lease_until,
       s.worker IS NOT NULL AND s.lease_until > clock_timestamp() AND EXISTS (SELECT FROM sessions WHERE number = w.number)
           AS held,
       CASE WHEN s.updated_at > clock_timestamp() - interval '5 s' THEN s.rate ELSE 0 END::float8 AS rate,
       s.last_error, s.failed_at,
       greatest(extract(epoch FROM clock_timestamp() - e.recorded_at), 0)::float8 AS lag_seconds
FROM projection_shards s
JOIN projection_builds b USING (schema_name)
LEFT JOIN projection_workers w USING (worker)
LEFT JOIN events e ON e.position = s.position + 1
WHERE b.phase IN ('filling', 'following', 'retired') AND ($1::text IS NULL OR b.projection = $1)
ORDER BY s.schema_name, s.shard
