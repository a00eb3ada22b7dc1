WITH gone AS (
    -- Whoever was silent for so long registers again when it speaks.
    DELETE FROM public.projection_workers WHERE seen_until < now() - interval '10 minutes')
INSERT INTO public.projection_workers (worker, host, pid, knows, seen_until)
VALUES ($1, $2, $3, $4, now() + $5::float8 * interval '1 second')
RETURNING number
