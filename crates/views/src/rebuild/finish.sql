UPDATE public.projection_rebuilds
SET state = $2, comparison = $3::text::json, error = NULL,
    finished_at = CASE WHEN $2 = 'promoted' THEN now() END
WHERE rebuild_id = $1
