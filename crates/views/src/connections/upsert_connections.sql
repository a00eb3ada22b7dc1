-- In the select list the arrays run in step; in FROM, each would fill a store of its own first.
INSERT INTO connection AS c (
    app_id, tenant_id, environment, connection_id, state, revocation_cause, granted_version, client_id, group_id,
    declined_version, declined_at, declined_by_kind, declined_by_id, silenced_version, updated_at,
    updated_by_kind, updated_by_id, position, stream_version)
SELECT unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::text[]),
       unnest($6::text[]), unnest($7::bigint[]), unnest($8::text[]), unnest($9::uuid[]), unnest($10::bigint[]),
       unnest($11::timestamptz[]), unnest($12::text[]), unnest($13::text[]), unnest($14::bigint[]),
       unnest($15::timestamptz[]), unnest($16::text[]), unnest($17::text[]), unnest($18::bigint[]),
       unnest($19::bigint[])
-- A client id comes with a consent, which says everything anew, also that there is no group.
ON CONFLICT (app_id, tenant_id, environment) DO UPDATE SET
    connection_id = coalesce(excluded.connection_id, c.connection_id),
    state = excluded.state,
    revocation_cause = excluded.revocation_cause,
    granted_version = coalesce(excluded.granted_version, c.granted_version),
    client_id = coalesce(excluded.client_id, c.client_id),
    group_id = CASE WHEN excluded.client_id IS NULL THEN c.group_id ELSE excluded.group_id END,
    declined_version = coalesce(excluded.declined_version, c.declined_version),
    declined_at = coalesce(excluded.declined_at, c.declined_at),
    declined_by_kind = coalesce(excluded.declined_by_kind, c.declined_by_kind),
    declined_by_id = coalesce(excluded.declined_by_id, c.declined_by_id),
    silenced_version = coalesce(excluded.silenced_version, c.silenced_version),
    updated_at = excluded.updated_at,
    updated_by_kind = excluded.updated_by_kind,
    updated_by_id = excluded.updated_by_id,
    position = excluded.position,
    stream_version = excluded.stream_version
