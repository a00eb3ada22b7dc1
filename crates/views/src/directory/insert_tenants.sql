INSERT INTO tenant (tenant_id, name, customer_id, environments, created_at, created_by_kind, created_by_id)
SELECT n.tenant_id, n.name, n.customer_id, string_to_array(n.environments, ' '), n.created_at,
       n.created_by_kind, n.created_by_id
FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[])
    AS n(tenant_id, name, customer_id, environments, created_at, created_by_kind, created_by_id)
