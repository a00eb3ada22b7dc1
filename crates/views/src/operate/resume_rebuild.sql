-- With another throttle, where one is given.
UPDATE public.projection_rebuilds
SET state = CASE WHEN schema_name IS NULL THEN 'requested' ELSE 'filling' END,
    events_per_second = coalesce($3, events_per_second)
WHERE projection = $1 AND rebuild_id = coalesce($2, rebuild_id) AND state = 'paused'
