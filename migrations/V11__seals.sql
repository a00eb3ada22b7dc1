-- Who seals the log may read it and write nothing of it. Made as those in V1 are: another database may have made it
-- already, or be making it at this moment.
DO $$
BEGIN
    BEGIN
        CREATE ROLE chancery_sealer NOLOGIN;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN
        NULL;
    END;
    IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
        BEGIN
            GRANT chancery_sealer TO CURRENT_USER;
        EXCEPTION WHEN insufficient_privilege THEN
            -- Made and granted beforehand by somebody else.
            NULL;
        END;
    END IF;
END
$$;

GRANT USAGE ON SCHEMA public TO chancery_sealer;
SET LOCAL ROLE chancery_owner;

-- Checkpoints of the audit tree (docs/audit.md), each with what leads from the one before to it. None of this is
-- trusted because it stands here: only because it leads to a root that was signed.
CREATE TABLE seals (
    -- The events up to this position.
    size      bigint PRIMARY KEY,
    -- The size of the checkpoint before, 0 for the first. Unique, so that the seals are a chain, whoever seals at once.
    previous  bigint NOT NULL UNIQUE,
    -- The checkpoint, signed (C2SP tlog-checkpoint).
    note      text NOT NULL,
    -- The tree's peaks, and the leaves after `previous`: hashes one after the other.
    peaks     bytea NOT NULL,
    leaves    bytea NOT NULL,
    sealed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (previous >= 0 AND size > previous AND size - previous <= 65536 AND octet_length(leaves) = 32 * (size - previous))
);

-- Nodes of the tree in tiles of 256, once complete: those over 256 leaves each (level 1), over 65,536 (level 2), and so
-- on. So a proof reads a handful of rows, however long the log.
CREATE TABLE seal_tiles (
    level  smallint NOT NULL,
    index  bigint NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (level, index),
    CHECK (level > 0 AND index >= 0 AND octet_length(hashes) = 8192)
);

-- Hashes do not shrink.
ALTER TABLE seals ALTER leaves SET STORAGE EXTERNAL, ALTER peaks SET STORAGE EXTERNAL;
ALTER TABLE seal_tiles ALTER hashes SET STORAGE EXTERNAL;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seals
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON seal_tiles
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

GRANT SELECT ON head, events TO chancery_sealer;
GRANT SELECT, INSERT ON seals, seal_tiles TO chancery_sealer;
GRANT SELECT ON seals, seal_tiles TO chancery_app;

RESET ROLE;
