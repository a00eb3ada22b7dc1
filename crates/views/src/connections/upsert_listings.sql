INSERT INTO listing (app_id, tenant_id, listed, position)
SELECT unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::boolean[]), unnest($4::bigint[])
ON CONFLICT (app_id, tenant_id) DO UPDATE SET listed = excluded.listed, position = excluded.position
