UPDATE public.{counts} c SET latency = g.latency
FROM unnest($1::uuid[], $2::timestamptz[], $3::bytea[]) AS g (key, at, latency)
WHERE c.key = g.key AND c.at = g.at
