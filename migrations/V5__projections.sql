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

-- Read models live in schemas of their own, made at run time by the role that fills them. A function of the
-- migrating login, and not CREATE on the database: that would allow any schema, and neither a restored dump nor a
-- database made from a template would have it.
CREATE FUNCTION create_view_schema(name text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF name !~ '^view_[a-z_]+_v[0-9]+_b[0-9]+$' THEN
        RAISE EXCEPTION '% is no name for a schema of a read model', name USING ERRCODE = 'invalid_schema_name';
    END IF;
    EXECUTE format('CREATE SCHEMA %I AUTHORIZATION chancery_views', name);
END
$$;

REVOKE ALL ON FUNCTION create_view_schema FROM PUBLIC;
GRANT EXECUTE ON FUNCTION create_view_schema TO chancery_views;
