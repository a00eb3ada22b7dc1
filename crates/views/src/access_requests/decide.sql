UPDATE access_request r
SET state = n.state, decided_at = n.decided_at, decided_by_kind = n.decided_by_kind,
    decided_by_id = n.decided_by_id, reason = n.reason, organization_id = n.organization_id,
    tenant_id = n.tenant_id, stream_version = n.stream_version
FROM unnest($1::uuid[], $2::text[], $3::timestamptz[], $4::text[], $5::text[], $6::text[], $7::uuid[],
            $8::bigint[], $9::bigint[])
    AS n(request_id, state, decided_at, decided_by_kind, decided_by_id, reason, organization_id, tenant_id,
         stream_version)
WHERE r.request_id = n.request_id
