UPDATE app a
SET version = coalesce(n.version, a.version),
    scopes = coalesce(string_to_array(n.scopes, ' '), a.scopes),
    review = coalesce(n.review, a.review),
    tenant_count = a.tenant_count + n.tenants,
    stream_version = coalesce(n.stream_version, a.stream_version)
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[])
    AS n(app_id, version, scopes, review, tenants, stream_version)
WHERE a.app_id = n.app_id
