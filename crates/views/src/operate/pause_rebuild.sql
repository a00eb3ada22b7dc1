UPDATE public.projection_rebuilds SET state = 'paused'
WHERE projection = $1 AND rebuild_id = coalesce($2, rebuild_id) AND state IN ('requested', 'filling')
