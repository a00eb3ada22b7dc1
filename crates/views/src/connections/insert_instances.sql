INSERT INTO instance (tenant_id, environment)
SELECT n.tenant_id, n.environment FROM unnest($1::bigint[], $2::text[]) AS n(tenant_id, environment)
