SET LOCAL ROLE chancery_owner;

-- Builds get shards, each with a checkpoint, a lease and a fence of its own. What was built before is built anew.
TRUNCATE projection_pointers, projection_builds;

ALTER TABLE projection_builds
    DROP COLUMN scratch,
    DROP COLUMN position,
    DROP COLUMN updated_at,
    -- What the build is for. `filling` catches up with the log beside the live one; `following` has caught up, is kept up
    -- and may be pointed at; `retired` was pointed at and stands still, to go back to; `scratch` is filled once, to be
    -- compared or looked at; `dropping` is about to be dropped, and nobody works on it. The live build is a following one
    -- that the pointer names.
    ADD phase text NOT NULL CHECK (phase IN ('filling', 'following', 'retired', 'scratch', 'dropping')),
    ADD shards integer NOT NULL CHECK (shards > 0),
    ADD created_at timestamptz NOT NULL DEFAULT now(),
    -- When the pointer last began or ceased to name it.
    ADD switched_at timestamptz;
ALTER TABLE projection_builds RESET (fillfactor);

-- A share of a build's keys: what it has applied, and who may apply more. Rows, checkpoint and fence are one
-- transaction: whoever writes names the epoch that it claimed the shard with. Room is left on the page, since a
-- checkpoint moves with every batch.
CREATE TABLE projection_shards (
    schema_name   text COLLATE "C" NOT NULL REFERENCES projection_builds ON DELETE CASCADE,
    shard         integer NOT NULL,
    -- Every event of the shard up to here is applied, parked or skipped.
    position      bigint NOT NULL DEFAULT 0,
    -- How many events of the log up to there are the shard's, and the sum of their ids' lower halves: both as handed to
    -- `apply`, so that an event that got lost on the way is missed.
    events        bigint NOT NULL DEFAULT 0,
    events_digest numeric NOT NULL DEFAULT 0,
    -- What the shard's writes added to the build's rows: their number, and the sum of their hashes. Only the sum over
    -- all shards says something.
    rows          bigint NOT NULL DEFAULT 0,
    rows_digest   numeric NOT NULL DEFAULT 0,
    -- Counts the claims. A write under an older one is refused.
    epoch         bigint NOT NULL DEFAULT 0,
    worker        uuid,
    lease_until   timestamptz NOT NULL DEFAULT '-infinity',
    -- Events a second, as last measured by its worker, and when.
    rate          real NOT NULL DEFAULT 0,
    updated_at    timestamptz NOT NULL DEFAULT now(),
    -- What went wrong last, as long as it does.
    last_error    text,
    failed_at     timestamptz,
    PRIMARY KEY (schema_name, shard)
) WITH (fillfactor = 20);

-- Processes that apply events. One is gone when its session is (it holds an advisory lock on its number), or when it
-- was silent for the length of a lease.
CREATE TABLE projection_workers (
    worker     uuid PRIMARY KEY,
    number     bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    host       text NOT NULL,
    pid        integer NOT NULL,
    -- What it can apply, as `<projection>/<version>`: another build waits for another worker.
    knows      text[] COLLATE "C" NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    seen_until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Dead letters: the event of a key that could not be applied, and those of the same key that wait behind it.
CREATE TABLE projection_parked (
    schema_name text COLLATE "C" NOT NULL REFERENCES projection_builds ON DELETE CASCADE,
    position    bigint NOT NULL,
    shard       integer NOT NULL,
    key         text COLLATE "C" NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    type        text COLLATE "C" NOT NULL,
    -- Null of one that only waits.
    error       text,
    attempts    integer NOT NULL DEFAULT 0,
    parked_at   timestamptz NOT NULL DEFAULT now(),
    failed_at   timestamptz,
    -- What an operator wants done; the shard's worker does it.
    wanted      text CHECK (wanted IN ('retry', 'skip')),
    PRIMARY KEY (schema_name, position)
);
CREATE INDEX projection_parked_key ON projection_parked (schema_name, key, position);

-- Events that an operator left out of a build.
CREATE TABLE projection_skips (
    schema_name text COLLATE "C" NOT NULL REFERENCES projection_builds ON DELETE CASCADE,
    position    bigint NOT NULL,
    key         text COLLATE "C" NOT NULL,
    error       text NOT NULL,
    skipped_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (schema_name, position)
);

-- What operators said last, by events of the log. Up to `position` they are carried out or written down here.
CREATE TABLE projection_control (
    one      boolean PRIMARY KEY DEFAULT true CHECK (one),
    position bigint NOT NULL
);

CREATE TABLE projection_settings (
    projection  text COLLATE "C" PRIMARY KEY,
    paused      boolean NOT NULL DEFAULT false,
    -- How many builds were made of it: no name is given twice.
    builds      integer NOT NULL DEFAULT 0,
    -- The retired build that an operator wants readers to go back to, until they have.
    rollback_to text COLLATE "C" REFERENCES projection_builds ON DELETE SET NULL
);

-- A rebuild, from the request to the switch.
CREATE TABLE projection_rebuilds (
    rebuild_id        uuid PRIMARY KEY,
    projection        text COLLATE "C" NOT NULL,
    -- Null until its build is made, and once that is dropped.
    schema_name       text COLLATE "C" REFERENCES projection_builds ON DELETE SET NULL,
    version           integer NOT NULL,
    state             text NOT NULL CHECK (state IN
                          ('requested', 'filling', 'paused', 'ready', 'differs', 'promoted', 'rolled_back', 'cancelled', 'failed')),
    -- What it waits for once it has caught up: `if_equal` promotes by itself where the comparison finds no difference (or
    -- none is possible, for another version), `manual` waits for an operator, `now` is an operator's word: whatever the
    -- comparison finds.
    promote           text NOT NULL CHECK (promote IN ('if_equal', 'manual', 'now')),
    -- At most so many events a second; null: as fast as it goes.
    events_per_second bigint CHECK (events_per_second > 0),
    -- The log's head when it was requested: what its progress is measured against.
    target            bigint NOT NULL,
    comparison        json,
    error             text,
    requested_at      timestamptz NOT NULL,
    started_at        timestamptz,
    finished_at       timestamptz
);
CREATE INDEX projection_rebuilds_projection ON projection_rebuilds (projection, requested_at);
-- One at a time.
CREATE UNIQUE INDEX projection_rebuilds_active ON projection_rebuilds (projection)
    WHERE state IN ('requested', 'filling', 'paused', 'ready', 'differs');

-- An offline fold of the log, compared with the live build.
CREATE TABLE projection_verifications (
    verification_id uuid PRIMARY KEY,
    projection      text COLLATE "C" NOT NULL,
    state           text NOT NULL CHECK (state IN ('requested', 'running', 'equal', 'differs', 'failed')),
    schema_name     text COLLATE "C",
    position        bigint,
    events_done     bigint NOT NULL DEFAULT 0,
    report          json,
    error           text,
    requested_at    timestamptz NOT NULL,
    started_at      timestamptz,
    finished_at     timestamptz
);
CREATE INDEX projection_verifications_projection ON projection_verifications (projection, requested_at);

-- What the background auditor found last, by subject: a projection's name, or `stream`. It remembers how far it has
-- counted, so that it never counts twice.
CREATE TABLE projection_audits (
    subject       text COLLATE "C" NOT NULL,
    schema_name   text COLLATE "C" NOT NULL,
    shard         integer NOT NULL,
    position      bigint NOT NULL,
    events        bigint NOT NULL,
    events_digest numeric NOT NULL,
    audited_at    timestamptz NOT NULL DEFAULT now(),
    -- The first difference, until the build is replaced.
    difference    text,
    PRIMARY KEY (subject, schema_name, shard)
);

GRANT SELECT, INSERT, UPDATE, DELETE ON
    projection_shards, projection_workers, projection_parked, projection_skips, projection_control, projection_settings,
    projection_rebuilds, projection_verifications, projection_audits TO chancery_views;
GRANT SELECT ON
    projection_shards, projection_workers, projection_parked, projection_skips, projection_control, projection_settings,
    projection_rebuilds, projection_verifications, projection_audits TO chancery_app;

-- Sums up what statements do to the rows of a build: an order-free digest, whatever batches the rows came in. It is kept
-- in two settings of the transaction, and added to a shard's row by whoever moves the checkpoint. So a row that
-- somebody else changed is missed.
CREATE FUNCTION digest_rows() RETURNS trigger
LANGUAGE plpgsql AS $$
DECLARE
    -- The same row in two tables is not the same row.
    seed CONSTANT bigint := hashtextextended(tg_table_name, 0);
    rows bigint := 0;
    digest numeric := 0;
    gone bigint;
    digest_gone numeric;
BEGIN
    IF tg_op <> 'DELETE' THEN
        SELECT count(*), coalesce(sum(hash_record_extended(r, seed)), 0) INTO rows, digest FROM rows_in r;
    END IF;
    IF tg_op <> 'INSERT' THEN
        SELECT count(*), coalesce(sum(hash_record_extended(r, seed)), 0) INTO gone, digest_gone FROM rows_out r;
        rows := rows - gone;
        digest := digest - digest_gone;
    END IF;
    PERFORM set_config('chancery.rows', (public.digested_rows() + rows)::text, true),
            set_config('chancery.rows_digest', (public.digested_sum() + digest)::text, true);
    RETURN NULL;
END
$$;

-- How many rows this transaction added to builds, and the sum of their hashes. Empty is what a setting is after the
-- transaction that made it.
CREATE FUNCTION digested_rows() RETURNS bigint
LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('chancery.rows', true), '')::bigint, 0);

CREATE FUNCTION digested_sum() RETURNS numeric
LANGUAGE sql STABLE
RETURN coalesce(nullif(current_setting('chancery.rows_digest', true), '')::numeric, 0);

-- Both, once: whoever adds them to a shard's row takes them, and what is written after that is counted anew.
CREATE FUNCTION take_digested_rows() RETURNS bigint
LANGUAGE plpgsql AS $$
DECLARE
    taken CONSTANT bigint := public.digested_rows();
BEGIN
    PERFORM set_config('chancery.rows', '0', true);
    RETURN taken;
END
$$;

CREATE FUNCTION take_digested_sum() RETURNS numeric
LANGUAGE plpgsql AS $$
DECLARE
    taken CONSTANT numeric := public.digested_sum();
BEGIN
    PERFORM set_config('chancery.rows_digest', '0', true);
    RETURN taken;
END
$$;

-- The rows of a build's tables as they are: their number, and the sum of their hashes.
CREATE FUNCTION digest_tables(name text) RETURNS TABLE (table_name text, rows bigint, rows_digest numeric)
LANGUAGE plpgsql STABLE AS $$
BEGIN
    FOR table_name IN SELECT c.relname FROM pg_class c
                      WHERE c.relnamespace = name::regnamespace AND c.relkind = 'r' ORDER BY 1 LOOP
        EXECUTE format('SELECT count(*), coalesce(sum(hash_record_extended(r, hashtextextended(%L, 0))), 0) FROM %I.%I r',
                       table_name, name, table_name)
            INTO rows, rows_digest;
        RETURN NEXT;
    END LOOP;
END
$$;

-- From now on the build's digest is kept: begins with the rows that are there.
CREATE FUNCTION begin_digest(name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kept text;
BEGIN
    FOR kept IN SELECT d.table_name FROM public.digest_tables(name) d LOOP
        -- A column of a type that has no hash shows here, and not when the first row comes.
        EXECUTE format('SELECT hash_record_extended(jsonb_populate_record(NULL::%1$I.%2$I, %3$L), 0)',
                       name, kept, '{}');
        EXECUTE format('CREATE TRIGGER digest_in AFTER INSERT ON %1$I.%2$I REFERENCING NEW TABLE AS rows_in
                            FOR EACH STATEMENT EXECUTE FUNCTION public.digest_rows();
                        CREATE TRIGGER digest_change AFTER UPDATE ON %1$I.%2$I
                            REFERENCING OLD TABLE AS rows_out NEW TABLE AS rows_in
                            FOR EACH STATEMENT EXECUTE FUNCTION public.digest_rows();
                        CREATE TRIGGER digest_out AFTER DELETE ON %1$I.%2$I REFERENCING OLD TABLE AS rows_out
                            FOR EACH STATEMENT EXECUTE FUNCTION public.digest_rows()',
                       name, kept);
    END LOOP;
    UPDATE public.projection_shards s
        SET rows = CASE s.shard WHEN 0 THEN d.rows ELSE 0 END,
            rows_digest = CASE s.shard WHEN 0 THEN d.rows_digest ELSE 0 END
        FROM (SELECT coalesce(sum(t.rows), 0) AS rows, coalesce(sum(t.rows_digest), 0) AS rows_digest
              FROM public.digest_tables(name) t) d
        WHERE s.schema_name = name;
END
$$;

REVOKE ALL ON FUNCTION
    digest_rows, digested_rows, digested_sum, take_digested_rows, take_digested_sum, digest_tables, begin_digest FROM PUBLIC;
GRANT EXECUTE ON FUNCTION
    digest_rows, digested_rows, digested_sum, take_digested_rows, take_digested_sum, digest_tables, begin_digest
    TO chancery_views;

RESET ROLE;

-- The schemas of builds before this one.
DO $$
DECLARE
    old text;
BEGIN
    FOR old IN SELECT nspname FROM pg_namespace WHERE nspname ~ '^view_[a-z_]+_v[0-9]+_b[0-9]+$' LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', old);
    END LOOP;
END
$$;
