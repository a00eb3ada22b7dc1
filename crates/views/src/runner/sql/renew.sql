-- The shards on which nothing happens; batches renew the others. A row that is locked is being written.
WITH mine AS (
    SELECT schema_name, shard FROM public.projection_shards
    WHERE worker = $1 AND lease_until < now() + 0.7 * $2::float8 * interval '1 second'
    FOR NO KEY UPDATE SKIP LOCKED),
seen AS (
    UPDATE public.projection_workers SET seen_until = now() + $2::float8 * interval '1 second' WHERE worker = $1)
UPDATE public.projection_shards s SET lease_until = now() + $2::float8 * interval '1 second'
FROM mine WHERE s.schema_name = mine.schema_name AND s.shard = mine.shard
