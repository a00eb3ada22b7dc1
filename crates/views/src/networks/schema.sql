CREATE TABLE network (
    network_id      uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id     text NOT NULL,
    name            text NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    -- The version of the network's stream.
    stream_version  bigint NOT NULL
);

CREATE UNIQUE INDEX network_organization ON network (organization_id, network_id);

CREATE TABLE network_group (
    group_id        uuid PRIMARY KEY,
    network_id      uuid NOT NULL,
    organization_id uuid NOT NULL,
    name            text NOT NULL,
    environment     text NOT NULL,
    created_at      timestamptz NOT NULL,
    created_by_kind text NOT NULL,
    created_by_id   text NOT NULL,
    -- The version of the group's stream.
    stream_version  bigint NOT NULL
);

CREATE UNIQUE INDEX network_group_network ON network_group (network_id, group_id);

CREATE TABLE member (
    group_id  uuid NOT NULL,
    tenant_id bigint NOT NULL,
    PRIMARY KEY (group_id, tenant_id)
);

CREATE TABLE offer (
    group_id uuid NOT NULL,
    app_id   uuid NOT NULL,
    PRIMARY KEY (group_id, app_id)
);

CREATE VIEW network_page AS
SELECT n.*, CASE n.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS created_by_name
FROM network n
LEFT JOIN public.people p ON n.created_by_kind = 'person' AND p.person_id = n.created_by_id;

CREATE VIEW group_page AS
SELECT g.*, CASE g.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS created_by_name,
       ARRAY(SELECT m.tenant_id FROM member m WHERE m.group_id = g.group_id ORDER BY m.tenant_id) AS tenants,
       ARRAY(SELECT o.app_id FROM offer o WHERE o.group_id = g.group_id ORDER BY o.app_id) AS apps
FROM network_group g
LEFT JOIN public.people p ON g.created_by_kind = 'person' AND p.person_id = g.created_by_id;
