SELECT s.shard, s.epoch, s.position,
       ARRAY(SELECT DISTINCT p.key FROM public.projection_parked p
             WHERE p.schema_name = s.schema_name AND p.shard = s.shard)
FROM public.projection_shards s JOIN unnest($3::integer[], $4::bigint[]) AS claimed(shard, epoch) USING (shard, epoch)
WHERE s.schema_name = $1 AND s.worker = $2
ORDER BY s.shard
