WITH build AS (
    INSERT INTO public.projection_builds (schema_name, projection, version, build, phase, shards)
    SELECT format('view_%s_v%s_b%s', $1::text, $2::integer, n.build), $1, $2, n.build, $3, $4
    FROM (SELECT coalesce(max(build), 0) + 1 AS build FROM public.projection_builds
          WHERE projection = $1 AND version = $2) AS n
    RETURNING schema_name, projection, version, shards, phase),
shards AS (
    INSERT INTO public.projection_shards (schema_name, shard)
    SELECT schema_name, generate_series(0, shards - 1) FROM build)
SELECT schema_name, projection, version, shards, phase FROM build
