INSERT INTO listing (app_id, tenant_id, listed)
SELECT n.* FROM unnest($1::uuid[], $2::bigint[], $3::boolean[]) AS n
ON CONFLICT (app_id, tenant_id) DO UPDATE SET listed = excluded.listed
