INSERT INTO api_token (token_id, role, name, organization_id, tenant_ids, environments, subject_id, expires_at,
                       created_at, created_by_kind, created_by_id)
SELECT n.token_id, n.role, n.name, n.organization_id, string_to_array(n.tenant_ids, ' ')::bigint[],
       string_to_array(n.environments, ' '), n.subject_id, n.expires_at, n.created_at, n.created_by_kind,
       n.created_by_id
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[],
            $8::timestamptz[], $9::timestamptz[], $10::text[], $11::text[])
    AS n(token_id, role, name, organization_id, tenant_ids, environments, subject_id, expires_at, created_at,
         created_by_kind, created_by_id)
