INSERT INTO connection AS c (
    app_id, tenant_id, environment, connection_id, state, granted_version, client_id, declined_version,
    declined_at, declined_by_kind, declined_by_id, silenced_version, updated_at, updated_by_kind, updated_by_id,
    stream_version)
SELECT n.*
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::uuid[], $5::text[], $6::bigint[], $7::text[], $8::bigint[],
            $9::timestamptz[], $10::text[], $11::text[], $12::bigint[], $13::timestamptz[], $14::text[],
            $15::text[], $16::bigint[]) AS n
ON CONFLICT (app_id, tenant_id, environment) DO UPDATE SET
    connection_id = coalesce(excluded.connection_id, c.connection_id),
    state = excluded.state,
    granted_version = coalesce(excluded.granted_version, c.granted_version),
    client_id = coalesce(excluded.client_id, c.client_id),
    declined_version = coalesce(excluded.declined_version, c.declined_version),
    declined_at = coalesce(excluded.declined_at, c.declined_at),
    declined_by_kind = coalesce(excluded.declined_by_kind, c.declined_by_kind),
    declined_by_id = coalesce(excluded.declined_by_id, c.declined_by_id),
    silenced_version = coalesce(excluded.silenced_version, c.silenced_version),
    updated_at = excluded.updated_at,
    updated_by_kind = excluded.updated_by_kind,
    updated_by_id = excluded.updated_by_id,
    stream_version = excluded.stream_version
