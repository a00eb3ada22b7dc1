-- Rebuilds of older versions, which nobody needs any more.
WITH given_up AS (
    UPDATE public.projection_rebuilds SET state = 'cancelled', error = format('version %s came', $2::integer), finished_at = now()
    WHERE projection = $1 AND version < $2 AND state IN ('requested', 'filling', 'paused', 'ready', 'differs')
    RETURNING schema_name
)
UPDATE public.projection_builds b SET phase = 'dropping' FROM given_up WHERE b.schema_name = given_up.schema_name
