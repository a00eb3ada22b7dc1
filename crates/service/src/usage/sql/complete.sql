SELECT least(now(), min(coalesce(g.since, s.reached)))
FROM public.usage_sources s
LEFT JOIN (SELECT source, min(since) AS since FROM public.usage_gaps GROUP BY source) g USING (source)
WHERE g.since IS NOT NULL OR (NOT s.ended AND s.seen_at > now() - make_interval(secs => $1))
