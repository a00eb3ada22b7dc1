UPDATE connection c
SET granted_version = coalesce(n.granted_version, c.granted_version),
    declined_version = coalesce(n.declined_version, c.declined_version),
    declined_at = coalesce(n.declined_at, c.declined_at),
    declined_by_kind = coalesce(n.declined_by_kind, c.declined_by_kind),
    declined_by_id = coalesce(n.declined_by_id, c.declined_by_id),
    silenced_version = coalesce(n.silenced_version, c.silenced_version),
    updated_at = n.updated_at,
    updated_by_kind = n.updated_by_kind,
    updated_by_id = n.updated_by_id,
    position = n.position,
    stream_version = n.stream_version
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::timestamptz[], $7::text[],
            $8::text[], $9::bigint[], $10::timestamptz[], $11::text[], $12::text[], $13::bigint[],
            $14::bigint[])
    AS n(app_id, tenant_id, environment, granted_version, declined_version, declined_at, declined_by_kind,
         declined_by_id, silenced_version, updated_at, updated_by_kind, updated_by_id, position, stream_version)
WHERE c.app_id = n.app_id AND c.tenant_id = n.tenant_id AND c.environment = n.environment
