INSERT INTO listing (app_id, tenant_id, listed, position)
SELECT n.* FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::bigint[]) AS n
ON CONFLICT (app_id, tenant_id) DO UPDATE SET listed = excluded.listed, position = excluded.position
