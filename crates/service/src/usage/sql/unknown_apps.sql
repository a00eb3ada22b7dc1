-- Those that the log has no stream of.
SELECT g.app_id FROM unnest($1::uuid[]) AS g (app_id)
WHERE NOT EXISTS (SELECT FROM public.events e WHERE e.stream = 'app-' || g.app_id AND e.version = 1)
