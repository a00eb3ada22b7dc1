-- A build of this version that some process began to fill.
SELECT schema_name, projection, version, shards, phase FROM public.projection_builds
WHERE projection = $1 AND version = $2 AND phase IN ('filling', 'following')
ORDER BY build DESC LIMIT 1
