SELECT coalesce(sum(rows), 0)::bigint + $2::bigint, (coalesce(sum(rows_digest), 0) + $3::text::numeric)::text,
       coalesce(sum(events), 0)::bigint, coalesce(sum(events_digest), 0)::text,
       (SELECT count(*) FROM public.projection_parked p WHERE p.schema_name = $1)
FROM public.projection_shards WHERE schema_name = $1
