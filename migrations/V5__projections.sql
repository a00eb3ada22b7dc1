SET LOCAL ROLE chancery_owner;

-- A build of a read model: its tables stand in a schema of their own, its checkpoint here, both written in one
-- transaction. Room is left on the page, since a checkpoint moves with every batch.
CREATE TABLE projection_builds (
    schema_name text COLLATE "C" PRIMARY KEY,
    projection  text COLLATE "C" NOT NULL,
    version     integer NOT NULL,
    build       integer NOT NULL,
    -- Filled once, to be compared or looked at; never pointed at.
    scratch     boolean NOT NULL,
    position    bigint NOT NULL DEFAULT 0,
    updated_at  timestamptz NOT NULL DEFAULT now(),
    UNIQUE (projection, version, build)
) WITH (fillfactor = 20);

-- The build that readers see, read in the same snapshot as its rows.
CREATE TABLE projection_pointers (
    projection  text COLLATE "C" PRIMARY KEY,
    schema_name text COLLATE "C" NOT NULL REFERENCES projection_builds
);

GRANT SELECT, INSERT, UPDATE, DELETE ON projection_builds, projection_pointers TO chancery_views;
GRANT SELECT ON projection_builds, projection_pointers TO chancery_app;

RESET ROLE;
