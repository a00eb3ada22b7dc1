SELECT t.rows - s.rows, (t.rows_digest - s.rows_digest)::text
FROM (SELECT coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(rows_digest), 0) AS rows_digest
      FROM public.projection_shards WHERE schema_name = $1) s,
     (SELECT coalesce(sum(rows), 0)::bigint AS rows, coalesce(sum(rows_digest), 0) AS rows_digest
      FROM public.digest_tables($1)) t
