-- Where a tenant exists.
CREATE TABLE instance (
    tenant_id   bigint NOT NULL,
    environment text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, environment)
);

-- What all of an app's listings and connections share.
CREATE TABLE app (
    app_id                uuid PRIMARY KEY,
    organization_id       uuid NOT NULL,
    name                  text NOT NULL,
    organization_name     text NOT NULL,
    homepage_url          text NOT NULL,
    visibility            text NOT NULL,
    credential_management text NOT NULL,
    -- The instance that it was created from: a third party's own integration instance (rule 2).
    instance_tenant_id    bigint NOT NULL,
    instance_environment  text COLLATE "C" NOT NULL,
    latest_version        bigint NOT NULL,
    -- What was decided last, also while the app is private and needs no review (rule 10).
    review                text NOT NULL,
    -- Ends all its connections, whose rows stay as they are (rule 11).
    deleted_at            timestamptz,
    deleted_by_kind       text,
    deleted_by_id         text
);

CREATE TABLE app_version (
    app_id  uuid NOT NULL,
    version bigint NOT NULL,
    scopes  text[] NOT NULL,
    PRIMARY KEY (app_id, version)
);

-- Also of a tenant that is no longer listed, where it was connected once: what became of that stays readable.
CREATE TABLE listing (
    app_id    uuid NOT NULL,
    tenant_id bigint NOT NULL,
    listed    boolean NOT NULL,
    -- Of the last event.
    position  bigint NOT NULL,
    PRIMARY KEY (app_id, tenant_id)
);

CREATE UNIQUE INDEX listing_tenant ON listing (tenant_id, app_id) WHERE listed;

CREATE TABLE connection (
    app_id           uuid NOT NULL,
    tenant_id        bigint NOT NULL,
    environment      text COLLATE "C" NOT NULL,
    -- Null until the first consent.
    connection_id    uuid,
    state            text NOT NULL,
    -- Why it is revoked, where it is.
    revocation_cause text,
    -- The last consent, also after it ended.
    granted_version  bigint,
    client_id        text COLLATE "C",
    group_id         uuid,
    -- The last decline, of the app or of an upgrade.
    declined_version bigint,
    declined_at      timestamptz,
    declined_by_kind text,
    declined_by_id   text,
    -- The last upgrade that was declined: that offer is silent (rule 22).
    silenced_version bigint,
    updated_at       timestamptz NOT NULL,
    updated_by_kind  text NOT NULL,
    updated_by_id    text NOT NULL,
    -- The last event: its position, and its version in the connection's stream.
    position         bigint NOT NULL,
    stream_version   bigint NOT NULL,
    PRIMARY KEY (app_id, tenant_id, environment)
-- Room for each row's next version beside it, though one batch changes all rows of a page, as an app's new version does:
-- so the index stays as it is.
) WITH (fillfactor = 50);

CREATE TABLE secret (
    client_id       text COLLATE "C" NOT NULL,
    -- The position of its event: the order in which they are shown.
    position        bigint NOT NULL,
    secret_id       uuid NOT NULL UNIQUE,
    hint            text NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    retires_at      timestamptz,
    revoked_at      timestamptz,
    PRIMARY KEY (client_id, position)
);

-- Every tenant and environment that an app is listed for, and every connection that ended with its listing, as it
-- is read. A deletion (`d`) ends what stands (rule 11), and a listing begins anew what had ended before (rule 24).
-- Which secrets have retired is asked of the clock, or of the moment that is read of, where the transaction names one.
CREATE VIEW standing AS
SELECT s.*, latest.scopes AS latest_scopes, granted.scopes AS granted_scopes,
       CASE s.declined_by_kind WHEN 'person' THEN
           coalesce((SELECT p.name FROM public.people p WHERE p.person_id = s.declined_by_id), 'forgotten')
       END AS declined_by_name,
       CASE s.updated_by_kind WHEN 'person' THEN
           coalesce((SELECT p.name FROM public.people p WHERE p.person_id = s.updated_by_id), 'forgotten')
       END AS updated_by_name,
       (SELECT json_agg(json_build_object(
                   'secret_id', k.secret_id, 'hint', k.hint, 'created_at', k.created_at,
                   'created_by', json_build_object('id', k.created_by_id, 'name',
                       CASE k.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END),
                   'last_used_at', (SELECT u.last_used_at FROM public.secret_uses u
                                    WHERE u.secret_id = k.secret_id
                                      AND (then_at IS NULL OR u.last_used_at <= then_at)),
                   'retires_at', k.retires_at) ORDER BY k.position)
        FROM secret k
        CROSS JOIN (SELECT nullif(current_setting('chancery.moment', true), '')::timestamptz AS then_at) AS moment
        LEFT JOIN public.people p ON k.created_by_kind = 'person' AND p.person_id = k.created_by_id
        WHERE s.state IN ('connected', 'disabled') AND k.client_id = s.client_id AND k.revoked_at IS NULL
          AND (k.retires_at IS NULL OR k.retires_at > coalesce(then_at, now()))) AS secrets
FROM (
    SELECT l.app_id, l.tenant_id, i.environment, l.listed,
           -- The same ids: the indexes of these tables too can begin at a page.
           a.app_id AS known_app_id, i.tenant_id AS known_tenant_id,
           a.organization_id, a.name AS app_name, a.organization_name, a.homepage_url, a.visibility,
           a.credential_management, a.latest_version, a.deleted_at,
           -- Rule 13, as far as reviewers have a say in it.
           (a.visibility = 'private' OR a.review IN ('not_required', 'approved')
            OR (a.instance_tenant_id, a.instance_environment) = (l.tenant_id, i.environment)) AS admitted,
           -- Whether a consent stands, but for the app's deletion.
           coalesce(c.state IN ('connected', 'disabled'), false) AS consented,
           c.connection_id,
           CASE WHEN d.app_id IS NOT NULL THEN 'revoked'
                WHEN c.state = 'revoked' AND l.listed AND l.position > c.position THEN 'not_connected'
                ELSE coalesce(c.state, 'not_connected') END AS state,
           CASE WHEN d.app_id IS NOT NULL THEN 'app_deleted' ELSE c.revocation_cause END AS revocation_cause,
           c.granted_version, c.client_id, c.group_id,
           c.silenced_version, c.declined_version, c.declined_at, c.declined_by_kind, c.declined_by_id,
           coalesce(d.deleted_at, c.updated_at) AS updated_at,
           coalesce(d.deleted_by_kind, c.updated_by_kind) AS updated_by_kind,
           coalesce(d.deleted_by_id, c.updated_by_id) AS updated_by_id,
           coalesce(c.stream_version, 0) AS stream_version
    FROM listing l
    JOIN app a USING (app_id)
    JOIN instance i USING (tenant_id)
    LEFT JOIN connection c
        ON c.app_id = l.app_id AND c.tenant_id = l.tenant_id AND c.environment = i.environment
    LEFT JOIN app d
        ON d.app_id = c.app_id AND c.state IN ('connected', 'disabled') AND d.deleted_at IS NOT NULL
    WHERE l.listed OR c.state <> 'not_connected'
) s
JOIN app_version latest ON latest.app_id = s.app_id AND latest.version = s.latest_version
LEFT JOIN app_version granted ON granted.app_id = s.app_id AND granted.version = s.granted_version;
