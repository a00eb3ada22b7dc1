SET LOCAL ROLE chancery_owner;

-- One row. Locking it serialises appends, so that positions have no gap and follow commit order (ADR 1).
CREATE TABLE head (
    one         boolean PRIMARY KEY DEFAULT true,
    log_id      uuid NOT NULL,
    position    bigint NOT NULL,
    recorded_at timestamptz NOT NULL
) WITH (fillfactor = 10);

INSERT INTO head (log_id, position, recorded_at) VALUES (gen_random_uuid(), 0, 'epoch');

-- The log. No CHECK constraints and no partial indexes: each would be parsed anew for every statement, and a lone
-- command pays for it; `append_batch` is the only writer. No index but those that it decides by: what filters need is
-- in `event_keys`, behind the appends. Collation "C": names are compared as bytes, which is several times faster and
-- the same everywhere.
CREATE TABLE events (
    position       bigint PRIMARY KEY,
    event_id       uuid NOT NULL UNIQUE,
    version        bigint NOT NULL,
    recorded_at    timestamptz NOT NULL,
    key_tenant     bigint,
    key_app        uuid,
    command_id     uuid NOT NULL,
    correlation_id uuid NOT NULL,
    causation_id   uuid,
    schema_version integer NOT NULL,
    category       text COLLATE "C" NOT NULL,
    stream         text COLLATE "C" NOT NULL,
    type           text COLLATE "C" NOT NULL,
    actor_kind     text COLLATE "C" NOT NULL,
    actor_id       text COLLATE "C" NOT NULL,
    traceparent    text COLLATE "C",
    -- `json`, not `jsonb`: the bytes committed are the bytes published, exported and hashed (ADR 2).
    data           json NOT NULL,
    UNIQUE (stream, version)
);

-- Every command that was accepted, for the log's life: the answer to a retry. Refusals are not kept.
CREATE TABLE commands (
    command_id     uuid PRIMARY KEY,
    -- SHA-256 of the request, to tell a retry from another request under the same id.
    request_hash   bytea NOT NULL,
    status         smallint NOT NULL,
    -- The answer's body without any secret.
    answer         text NOT NULL,
    -- Null where the command changed nothing.
    first_position bigint,
    -- The head, where the command changed nothing.
    last_position  bigint NOT NULL,
    recorded_at    timestamptz NOT NULL
);

CREATE FUNCTION refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'table % is append-only: % is refused', tg_table_name, tg_op
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON events
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON commands
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER one_row BEFORE INSERT OR DELETE OR TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON head, events, commands TO chancery_app;
GRANT SELECT ON head, events TO chancery_views;

RESET ROLE;
