DELETE FROM member m
USING unnest($1::uuid[], $2::bigint[]) AS n(group_id, tenant_id)
WHERE m.group_id = n.group_id AND m.tenant_id = n.tenant_id
