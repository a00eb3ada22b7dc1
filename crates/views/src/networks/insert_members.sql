INSERT INTO member (group_id, tenant_id)
SELECT n.* FROM unnest($1::uuid[], $2::bigint[]) AS n
ON CONFLICT DO NOTHING
