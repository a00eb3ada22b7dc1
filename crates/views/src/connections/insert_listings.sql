INSERT INTO listing (app_id, tenant_id)
SELECT n.app_id, n.tenant_id FROM unnest($1::uuid[], $2::bigint[]) AS n(app_id, tenant_id)
