CREATE TABLE app_version (
    app_id          uuid NOT NULL,
    version         bigint NOT NULL,
    scopes          text[] NOT NULL,
    added           text[] NOT NULL,
    removed         text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    PRIMARY KEY (app_id, version)
);
