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
