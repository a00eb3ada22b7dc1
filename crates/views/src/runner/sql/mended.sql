-- Whatever was wanted of the key is done; where it has more events than went into one transaction, the next one goes on.
WITH wishes AS (
    UPDATE public.projection_parked p SET wanted = CASE WHEN $3 AND p.position = next.position THEN 'retry' END
    FROM (SELECT min(position) AS position FROM public.projection_parked WHERE schema_name = $1 AND key = $2) AS next
    WHERE p.schema_name = $1 AND p.key = $2 AND (p.wanted IS NOT NULL OR p.position = next.position))
UPDATE public.projection_shards
SET rows = rows + public.take_digested_rows(), rows_digest = rows_digest + public.take_digested_sum(), updated_at = now()
WHERE schema_name = $1 AND shard = $4
