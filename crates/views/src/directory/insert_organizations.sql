INSERT INTO organization (organization_id, name, kind, customer_id, integration_tenant_id, created_at,
                          created_by_kind, created_by_id)
SELECT n.*
FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::timestamptz[], $7::text[],
            $8::text[]) AS n
