SET LOCAL ROLE chancery_owner;

-- The keys that sign access tokens, sealed (AES-256-GCM) under a key that the database never sees.
CREATE TABLE signing_keys (
    -- RFC 7638.
    kid          text COLLATE "C" PRIMARY KEY,
    algorithm    text NOT NULL,
    sealed       bytea NOT NULL,
    published_at timestamptz NOT NULL,
    -- Null for the next one: published, and not signing yet.
    signs_from   timestamptz
);

-- When a token was last issued on a secret, to about a minute. Not a decision: it has no place in the log.
CREATE TABLE secret_uses (
    secret_id    uuid PRIMARY KEY,
    last_used_at timestamptz NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON signing_keys, secret_uses TO chancery_app;
GRANT SELECT ON secret_uses TO chancery_views;

RESET ROLE;
