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
    review                text NOT NULL
);

CREATE TABLE app_version (
    app_id  uuid NOT NULL,
    version bigint NOT NULL,
    scopes  text[] NOT NULL,
    PRIMARY KEY (app_id, version)
);

CREATE TABLE listing (
    app_id    uuid NOT NULL,
    tenant_id bigint NOT NULL,
    PRIMARY KEY (app_id, tenant_id)
);

CREATE UNIQUE INDEX listing_tenant ON listing (tenant_id, app_id);

CREATE TABLE connection (
    app_id           uuid NOT NULL,
    tenant_id        bigint NOT NULL,
    environment      text COLLATE "C" NOT NULL,
    -- Null until the first consent.
    connection_id    uuid,
    state            text NOT NULL,
    granted_version  bigint,
    client_id        text COLLATE "C",
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
    -- The version of the connection's stream.
    stream_version   bigint NOT NULL,
    PRIMARY KEY (app_id, tenant_id, environment)
);

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
    PRIMARY KEY (client_id, position)
);

-- Every tenant and environment that an app is listed for, as it is read.
CREATE VIEW standing AS
SELECT l.app_id, l.tenant_id, i.environment,
       a.organization_id, a.name AS app_name, a.organization_name, a.homepage_url, a.visibility,
       a.credential_management, a.latest_version,
       latest.scopes AS latest_scopes,
       -- Rule 13; whoever is listed and not visible is still shown to the app's developer.
       (a.review IN ('not_required', 'approved')
        OR (a.instance_tenant_id, a.instance_environment) = (l.tenant_id, i.environment)) AS visible,
       c.connection_id, coalesce(c.state, 'not_connected') AS state, c.granted_version,
       granted.scopes AS granted_scopes,
       c.silenced_version, c.client_id, c.declined_version, c.declined_at, c.declined_by_id,
       CASE c.declined_by_kind WHEN 'person' THEN coalesce(decliner.name, 'forgotten') END AS declined_by_name,
       c.updated_at, c.updated_by_id,
       CASE c.updated_by_kind WHEN 'person' THEN coalesce(updater.name, 'forgotten') END AS updated_by_name,
       coalesce(c.stream_version, 0) AS stream_version,
       (SELECT json_agg(json_build_object(
                   'secret_id', s.secret_id, 'hint', s.hint, 'created_at', s.created_at,
                   'created_by', json_build_object('id', s.created_by_id, 'name',
                       CASE s.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END),
                   'last_used_at', NULL, 'retires_at', s.retires_at) ORDER BY s.position)
        FROM secret s
        LEFT JOIN public.people p ON s.created_by_kind = 'person' AND p.person_id = s.created_by_id
        WHERE s.client_id = c.client_id AND (s.retires_at IS NULL OR s.retires_at > now())) AS secrets
FROM listing l
JOIN app a USING (app_id)
JOIN app_version latest ON latest.app_id = l.app_id AND latest.version = a.latest_version
JOIN instance i USING (tenant_id)
LEFT JOIN connection c
    ON c.app_id = l.app_id AND c.tenant_id = l.tenant_id AND c.environment = i.environment
LEFT JOIN app_version granted ON granted.app_id = c.app_id AND granted.version = c.granted_version
LEFT JOIN public.people decliner
    ON c.declined_by_kind = 'person' AND decliner.person_id = c.declined_by_id
LEFT JOIN public.people updater ON c.updated_by_kind = 'person' AND updater.person_id = c.updated_by_id;
