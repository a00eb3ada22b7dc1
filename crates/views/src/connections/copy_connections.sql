COPY connection (
    app_id, tenant_id, environment, connection_id, state, revocation_cause, granted_version, client_id, group_id,
    declined_version, declined_at, declined_by_kind, declined_by_id, silenced_version, updated_at,
    updated_by_kind, updated_by_id, position, stream_version)
FROM STDIN (FORMAT binary)
