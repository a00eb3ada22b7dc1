SET LOCAL ROLE chancery_owner;

-- Usage (rule 31): counted, not decided. It has no place in the log, and nothing here can be rebuilt from it.

-- By what calls are told apart, once for all tables of counts.
CREATE TABLE usage_keys (
    -- Made of the other columns but the times, so that every process makes the same.
    key          uuid PRIMARY KEY,
    app_id       uuid,
    version      integer,
    tenant_id    bigint,
    group_id     uuid,
    environment  text COLLATE "C",
    client_id    text COLLATE "C",
    secret_id    uuid,
    module       text COLLATE "C",
    operation    text COLLATE "C",
    method       text COLLATE "C",
    scope        text COLLATE "C",
    report_id    text COLLATE "C",
    outcome      text COLLATE "C" NOT NULL,
    -- Null where calls were decided, told where they finished.
    status_class text COLLATE "C",
    -- 0 for a key that calls count for. Otherwise the key holds the peak of many such, and no calls: the sum of its bits
    -- says by what they are alike, of app (1), tenant (2) and environment (4), and 8.
    peak_of      smallint NOT NULL,
    -- The first and the last minute that anything counted for it.
    first_at     timestamptz NOT NULL,
    last_at      timestamptz NOT NULL
);

CREATE INDEX usage_keys_app ON usage_keys (app_id);
CREATE INDEX usage_keys_tenant ON usage_keys (tenant_id, environment);

-- What counted for a key in the minute, hour or day (UTC) that begins at `at`.
CREATE TABLE usage_minute (
    key       uuid NOT NULL,
    at        timestamptz NOT NULL,
    calls     bigint NOT NULL,
    -- The most calls in one second.
    peak      integer NOT NULL,
    bytes_in  bigint NOT NULL,
    bytes_out bigint NOT NULL,
    -- A sketch of latencies, as pairs of bucket and count in any order, a bucket as often as it pleases: so two sketches
    -- are merged by writing one after the other.
    latency   bytea NOT NULL,
    PRIMARY KEY (key, at)
) PARTITION BY RANGE (at);

CREATE TABLE usage_hour (LIKE usage_minute INCLUDING ALL) PARTITION BY RANGE (at);
CREATE TABLE usage_day (LIKE usage_minute INCLUDING ALL) PARTITION BY RANGE (at);

-- Who counts. A row goes a week after its last batch, and no batch is taken that old.
CREATE TABLE usage_sources (
    source   uuid PRIMARY KEY,
    -- The highest batch; all before it were counted, but for the gaps.
    sequence bigint NOT NULL,
    -- The time that the batches reach up to.
    reached  timestamptz NOT NULL,
    -- It said that no batch follows.
    ended    boolean NOT NULL,
    seen_at  timestamptz NOT NULL
);

-- Batches that did not come, yet.
CREATE TABLE usage_gaps (
    source uuid NOT NULL REFERENCES usage_sources ON DELETE CASCADE,
    first  bigint NOT NULL,
    last   bigint NOT NULL,
    -- What they counted was called after this.
    since  timestamptz NOT NULL,
    PRIMARY KEY (source, first)
);

-- The partition of one of the three tables that holds a moment: a day of minutes, a month of hours, a year of days.
CREATE FUNCTION usage_partition(
    counts text, moment timestamptz, OUT name text, OUT begins timestamptz, OUT ends timestamptz
)
LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    span CONSTANT text := CASE counts WHEN 'usage_minute' THEN 'day' WHEN 'usage_hour' THEN 'month' WHEN 'usage_day' THEN 'year' END;
BEGIN
    begins := date_trunc(span, moment, 'UTC');
    ends := (begins AT TIME ZONE 'UTC' + ('1 ' || span)::interval) AT TIME ZONE 'UTC';
    name := counts || to_char(begins AT TIME ZONE 'UTC', CASE span WHEN 'day' THEN '_YYYYMMDD' WHEN 'month' THEN '_YYYYMM' ELSE '_YYYY' END);
END
$$;

-- Makes the partitions that hold a moment, where they are missing. Attaching lets others write meanwhile.
CREATE FUNCTION make_usage_partitions(moment timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    counts text;
    part record;
BEGIN
    IF (moment BETWEEN now() - interval '30 days' AND now() + interval '30 days') IS NOT TRUE THEN
        RAISE EXCEPTION 'usage is kept of now, not of %', moment USING ERRCODE = 'invalid_parameter_value';
    END IF;
    -- "usage" in the key of the advisory lock.
    PERFORM pg_advisory_xact_lock(x'7573616765'::bigint);
    FOREACH counts IN ARRAY ARRAY['usage_minute', 'usage_hour', 'usage_day'] LOOP
        SELECT * INTO part FROM public.usage_partition(counts, moment);
        CONTINUE WHEN to_regclass('public.' || part.name) IS NOT NULL;
        -- Rows are changed in place, so there has to be room for that.
        EXECUTE format('CREATE TABLE public.%I (LIKE public.%I INCLUDING ALL) WITH (fillfactor = 70)', part.name, counts);
        EXECUTE format('ALTER TABLE public.%I ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            counts, part.name, part.begins, part.ends);
    END LOOP;
END
$$;

-- Drops one of the partitions that ended longer ago than they are kept, and says which; null once there is none. One a
-- call, so that nobody waits for more than one; where it would have to wait itself, it is refused.
CREATE FUNCTION drop_usage_partition(minutes interval, hours interval, days interval) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp SET lock_timeout = '1s' AS $$
DECLARE
    old text;
BEGIN
    IF least(minutes, hours, days) < interval '1 hour' THEN
        RAISE EXCEPTION 'usage is kept for an hour at least' USING ERRCODE = 'invalid_parameter_value';
    END IF;
    PERFORM pg_advisory_xact_lock(x'7573616765'::bigint);
    SELECT c.relname INTO old
        FROM (VALUES ('usage_minute', minutes), ('usage_hour', hours), ('usage_day', days)) AS kept (counts, span)
        JOIN pg_inherits i ON i.inhparent = ('public.' || kept.counts)::regclass
        JOIN pg_class c ON c.oid = i.inhrelid
        WHERE (SELECT p.ends FROM public.usage_partition(kept.counts,
            to_timestamp(rpad(substring(c.relname FROM '[0-9]+$'), 8, '01') || ' 00 +00', 'YYYYMMDD HH24 TZH')) AS p) <= now() - kept.span
        ORDER BY c.relname LIMIT 1;
    IF FOUND THEN
        EXECUTE format('DROP TABLE public.%I', old);
    END IF;
    RETURN old;
END
$$;

REVOKE ALL ON FUNCTION usage_partition, make_usage_partitions, drop_usage_partition FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_usage_partitions, drop_usage_partition TO chancery_app;
GRANT SELECT, INSERT, UPDATE ON usage_minute, usage_hour, usage_day TO chancery_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON usage_keys, usage_sources, usage_gaps TO chancery_app;

RESET ROLE;
