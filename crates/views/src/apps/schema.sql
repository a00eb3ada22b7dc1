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
    -- What was decided last, also while the app is private and needs no review (rule 10).
    review                text NOT NULL,
    -- What the reviewer said, where there is a decision and words were given for it.
    review_reason         text,
    -- The position at which it entered the reviewers' queue, last.
    review_since          bigint,
    created_at            timestamptz NOT NULL,
    created_by_kind       text NOT NULL,
    created_by_id         text NOT NULL,
    deleted_at            timestamptz,
    deleted_by_kind       text,
    deleted_by_id         text,
    -- The version of the app's stream.
    stream_version        bigint NOT NULL
);

CREATE INDEX app_organization ON app (organization_id, app_id) WHERE deleted_at IS NULL;
CREATE INDEX app_review ON app (review_since)
    WHERE review = 'pending' AND visibility = 'public' AND deleted_at IS NULL;

-- An app as it is read: the contract's names, the people joined.
CREATE VIEW app_page AS
SELECT a.*,
       CASE a.visibility WHEN 'private' THEN 'not_required' ELSE a.review END AS review_now,
       CASE a.visibility WHEN 'private' THEN NULL ELSE a.review_reason END AS review_reason_now,
       CASE a.created_by_kind WHEN 'person' THEN coalesce(creator.name, 'forgotten') END AS created_by_name,
       CASE a.deleted_by_kind WHEN 'person' THEN coalesce(deleter.name, 'forgotten') END AS deleted_by_name
FROM app a
LEFT JOIN public.people creator ON a.created_by_kind = 'person' AND creator.person_id = a.created_by_id
LEFT JOIN public.people deleter ON a.deleted_by_kind = 'person' AND deleter.person_id = a.deleted_by_id;
