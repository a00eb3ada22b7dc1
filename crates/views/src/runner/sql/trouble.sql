-- What its worker failed at, or that it does no more. A row that is locked is being written: the next look does it.
WITH mine AS (
    SELECT schema_name, shard FROM public.projection_shards
    WHERE schema_name = $1 AND worker = $2 AND last_error IS DISTINCT FROM $3
    FOR NO KEY UPDATE SKIP LOCKED)
UPDATE public.projection_shards s SET last_error = $3, failed_at = CASE WHEN $3::text IS NOT NULL THEN now() END
FROM mine WHERE s.schema_name = mine.schema_name AND s.shard = mine.shard
