CREATE TABLE app (
    app_id                uuid PRIMARY KEY,
    app_key               text NOT NULL,
    organization_id       uuid NOT NULL,
    name                  text NOT NULL,
    organization_name     text NOT NULL,
    homepage_url          text NOT NULL,
    visibility            text NOT NULL,
    credential_management text NOT NULL,
    tenant_count          bigint NOT NULL,
    -- The latest version and its scopes.
    version               bigint NOT NULL,
    scopes                text[] NOT NULL,
    review                text NOT NULL,
    -- The position at which it entered the reviewers' queue, last.
    review_since          bigint,
    created_at            timestamptz NOT NULL,
    created_by_kind       text NOT NULL,
    created_by_id         text NOT NULL,
    -- The version of the app's stream.
    stream_version        bigint NOT NULL
);

CREATE INDEX app_organization ON app (organization_id, app_id);
CREATE INDEX app_review ON app (review_since) WHERE review = 'pending';

-- An app as it is read: the contract's names, the person's joined.
CREATE VIEW app_page AS
SELECT a.*,
       CASE a.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS created_by_name
FROM app a
LEFT JOIN public.people p ON a.created_by_kind = 'person' AND p.person_id = a.created_by_id;
