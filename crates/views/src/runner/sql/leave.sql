WITH gone AS (DELETE FROM public.projection_workers WHERE worker = $1 RETURNING worker)
-- The others have more to do now.
SELECT pg_notify('chancery_projections', '') FROM gone
