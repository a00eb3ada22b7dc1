-- A build of this version that some process began to fill.
SELECT schema_name FROM public.projection_builds
WHERE projection = $1 AND version = $2 AND NOT scratch
ORDER BY build DESC LIMIT 1
