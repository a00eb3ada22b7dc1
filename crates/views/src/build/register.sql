INSERT INTO public.projection_builds (schema_name, projection, version, build, scratch)
SELECT format('view_%s_v%s_b%s', $1::text, $2::integer, n.build), $1, $2, n.build, $3
FROM (SELECT coalesce(max(build), 0) + 1 AS build FROM public.projection_builds
      WHERE projection = $1 AND version = $2) AS n
RETURNING schema_name
