-- Of those that were seen free, the ones that nobody claimed since, and whose rows nobody holds.
WITH free AS (
    SELECT s.schema_name, s.shard
    FROM public.projection_shards s JOIN unnest($3::integer[], $4::bigint[]) AS seen(shard, epoch) USING (shard, epoch)
    WHERE s.schema_name = $1
    FOR NO KEY UPDATE OF s SKIP LOCKED)
UPDATE public.projection_shards s
SET worker = $2, epoch = s.epoch + 1, lease_until = now() + $5::float8 * interval '1 second'
FROM free WHERE s.schema_name = free.schema_name AND s.shard = free.shard
RETURNING s.shard, s.epoch
