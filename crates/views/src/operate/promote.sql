-- Whatever the comparison finds.
UPDATE public.projection_rebuilds SET promote = 'now'
WHERE projection = $1 AND rebuild_id = coalesce($2, rebuild_id)
  AND state IN ('requested', 'filling', 'paused', 'ready', 'differs')
