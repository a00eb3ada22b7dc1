UPDATE public.projection_rebuilds
SET schema_name = $2, state = 'filling', started_at = now(), error = NULL,
    target = (SELECT position FROM public.head)
WHERE rebuild_id = $1
