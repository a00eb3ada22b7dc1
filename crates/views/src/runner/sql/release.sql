WITH released AS (
    UPDATE public.projection_shards SET worker = NULL, lease_until = '-infinity'
    WHERE schema_name = $1 AND worker = $2 AND shard = ANY ($3)
    RETURNING shard)
-- Whoever waits for them need not wait for its next look.
SELECT pg_notify('chancery_projections', '') WHERE EXISTS (SELECT FROM released)
