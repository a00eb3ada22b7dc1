INSERT INTO public.projection_parked (schema_name, position, shard, key, stream, type, error, attempts, failed_at)
SELECT $1, n.*, CASE WHEN n.error IS NULL THEN 0 ELSE 1 END, CASE WHEN n.error IS NOT NULL THEN now() END
FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::text[])
     AS n(position, shard, key, stream, type, error)
