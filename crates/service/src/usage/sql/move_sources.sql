-- Notes how far sources have come.
UPDATE public.usage_sources s SET sequence = g.sequence, reached = g.reached, ended = g.ended
FROM unnest($1::uuid[], $2::bigint[], $3::timestamptz[], $4::boolean[]) AS g (source, sequence, reached, ended)
WHERE s.source = g.source
