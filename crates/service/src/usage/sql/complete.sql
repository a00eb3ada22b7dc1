SELECT least(now(), min(coalesce(g.since, greatest(s.reached, born.at))))
FROM public.usage_sources s
LEFT JOIN (SELECT source, min(since) AS since FROM public.usage_gaps GROUP BY source) g USING (source)
-- A UUID of version 7 begins with the milliseconds since 1970 at which it was made.
CROSS JOIN LATERAL (SELECT CASE WHEN substr(s.source::text, 15, 1) = '7' THEN
    to_timestamp(('x0000' || replace(left(s.source::text, 13), '-', ''))::bit(64)::bigint / 1000.0) END) born (at)
WHERE g.since IS NOT NULL OR (NOT s.ended AND s.seen_at > now() - make_interval(secs => $1))
