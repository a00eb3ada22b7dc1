CREATE TABLE access_request (
    request_id      uuid PRIMARY KEY,
    -- Of its first event: the order in which requests came.
    position        bigint NOT NULL,
    requester_id    text NOT NULL,
    company         text NOT NULL,
    requested_at    timestamptz NOT NULL,
    state           text NOT NULL,
    decided_at      timestamptz,
    decided_by_kind text,
    decided_by_id   text,
    reason          text,
    -- What an approval registered.
    organization_id uuid,
    tenant_id       bigint,
    -- The version of the request's stream.
    stream_version  bigint NOT NULL
);

CREATE UNIQUE INDEX access_request_state ON access_request (state, position);

-- A request as it is read: what was said of oneself stands outside of the log, and may be gone.
CREATE VIEW access_request_page AS
SELECT r.*, coalesce(requester.name, 'forgotten') AS requester_name, requester.email, requester.purpose,
       CASE r.decided_by_kind WHEN 'person' THEN coalesce(decider.name, 'forgotten') END AS decided_by_name
FROM access_request r
LEFT JOIN public.people requester ON requester.person_id = r.requester_id
LEFT JOIN public.people decider ON r.decided_by_kind = 'person' AND decider.person_id = r.decided_by_id;
