CREATE TABLE organization (
    organization_id       uuid PRIMARY KEY,
    name                  text NOT NULL,
    kind                  text NOT NULL,
    customer_id           text NOT NULL,
    integration_tenant_id bigint,
    created_at            timestamptz NOT NULL,
    created_by_kind       text NOT NULL,
    created_by_id         text NOT NULL
);

CREATE TABLE tenant (
    tenant_id       bigint PRIMARY KEY,
    name            text NOT NULL,
    customer_id     text NOT NULL,
    environments    text[] NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL
);

-- Never the token's hash: a list needs none.
CREATE TABLE api_token (
    token_id        uuid PRIMARY KEY,
    role            text NOT NULL,
    name            text NOT NULL,
    organization_id uuid,
    -- Tenants and environments, in parallel.
    tenant_ids      bigint[] NOT NULL,
    environments    text[] NOT NULL,
    subject_id      text,
    expires_at      timestamptz,
    created_at      timestamptz NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    revoked_at      timestamptz
);

-- At most one row: the catalog as it was published last.
CREATE TABLE catalog (
    one               boolean PRIMARY KEY DEFAULT true CHECK (one),
    -- `jsonb`, for `json` has no hash, and every row is part of its build's digest.
    catalog           jsonb NOT NULL,
    published_at      timestamptz NOT NULL,
    published_by_kind text NOT NULL,
    published_by_id   text NOT NULL,
    -- The version of the catalog's stream.
    stream_version    bigint NOT NULL
);

CREATE VIEW organization_page AS
SELECT o.*, CASE o.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS created_by_name
FROM organization o
LEFT JOIN public.people p ON o.created_by_kind = 'person' AND p.person_id = o.created_by_id;

CREATE VIEW tenant_page AS
SELECT t.*, CASE t.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS created_by_name
FROM tenant t
LEFT JOIN public.people p ON t.created_by_kind = 'person' AND p.person_id = t.created_by_id;

CREATE VIEW api_token_page AS
SELECT t.*, CASE t.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS created_by_name,
       coalesce(s.name, 'forgotten') AS subject_name
FROM api_token t
LEFT JOIN public.people p ON t.created_by_kind = 'person' AND p.person_id = t.created_by_id
LEFT JOIN public.people s ON s.person_id = t.subject_id;
