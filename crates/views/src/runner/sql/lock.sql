-- In order, so that two who lock several never wait for each other. Not FOR UPDATE: nobody changes the key.
SELECT shard, epoch, position FROM public.projection_shards
WHERE schema_name = $1 AND shard = ANY ($2) AND worker IS NOT DISTINCT FROM $3
ORDER BY shard
FOR NO KEY UPDATE
