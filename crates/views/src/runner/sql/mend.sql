-- What is applied or left out is parked no longer; what failed again says why.
WITH gone AS (
    DELETE FROM public.projection_parked WHERE schema_name = $1 AND position = ANY ($2)
    RETURNING position, key, error),
skipped AS (
    INSERT INTO public.projection_skips (schema_name, position, key, error)
    SELECT $1, position, key, coalesce(error, 'it waited behind an event that could not be applied')
    FROM gone WHERE position = ANY ($3))
UPDATE public.projection_parked SET error = $5, attempts = attempts + 1, failed_at = now()
WHERE schema_name = $1 AND position = $4
