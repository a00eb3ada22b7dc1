-- As runner/sql/lock.sql, but for the fence.
SELECT shard, epoch, position FROM public.projection_shards
WHERE schema_name = $1 AND shard = ANY ($2) AND ($3::uuid IS NULL OR true)
ORDER BY shard
FOR NO KEY UPDATE
