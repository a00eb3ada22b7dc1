SELECT s.schema_name, s.shard, s.epoch, s.position,
       ARRAY(SELECT DISTINCT p.key FROM public.projection_parked p
             WHERE p.schema_name = s.schema_name AND p.shard = s.shard),
       s.worker
FROM public.projection_shards s
WHERE s.schema_name = ANY ($1::text[])
ORDER BY s.schema_name, s.shard
FOR UPDATE OF s
