WITH made AS (
    INSERT INTO public.projection_settings AS s (projection, builds) VALUES ($1, 1)
    ON CONFLICT (projection) DO UPDATE SET builds = s.builds + 1
    RETURNING s.builds),
build AS (
    INSERT INTO public.projection_builds (schema_name, projection, version, build, phase, shards)
    SELECT format('view_%s_v%s_b%s', $1::text, $2::integer, made.builds), $1, $2, made.builds, $3, $4 FROM made
    RETURNING schema_name, projection, version, shards, phase),
shards AS (
    INSERT INTO public.projection_shards (schema_name, shard)
    SELECT schema_name, generate_series(0, shards - 1) FROM build)
SELECT schema_name, projection, version, shards, phase FROM build
