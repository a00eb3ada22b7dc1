-- Whoever lost a shard moves nothing: also where this is the only statement, because a batch has nothing to apply.
UPDATE public.projection_shards s
SET position = $5, events = s.events + n.events, events_digest = s.events_digest + n.digest::numeric,
    -- What was written is no shard's in particular: it goes with the first.
    rows = s.rows + CASE n.shard WHEN ($3::integer[])[1] THEN public.take_digested_rows() ELSE 0 END,
    rows_digest = s.rows_digest + CASE n.shard WHEN ($3::integer[])[1] THEN public.take_digested_sum() ELSE 0 END,
    lease_until = greatest(s.lease_until, now() + $9::float8 * interval '1 second'), rate = coalesce($10::real, s.rate),
    updated_at = now(), last_error = NULL, failed_at = NULL
FROM unnest($3::integer[], $4::bigint[], $6::bigint[], $7::bigint[], $8::text[])
     AS n(shard, epoch, position, events, digest)
WHERE s.schema_name = $1 AND s.worker IS NOT DISTINCT FROM $2 AND s.shard = n.shard AND s.epoch = n.epoch
  AND s.position = n.position
