WITH given_up AS (
    UPDATE public.projection_rebuilds SET state = 'cancelled', finished_at = now()
    WHERE projection = $1 AND rebuild_id = coalesce($2, rebuild_id)
      AND state IN ('requested', 'filling', 'paused', 'ready', 'differs')
    RETURNING schema_name
)
UPDATE public.projection_builds b SET phase = 'dropping' FROM given_up WHERE b.schema_name = given_up.schema_name
