-- `position` is 0 where nothing lists it anew.
INSERT INTO listing AS l (app_id, tenant_id, listed, position)
SELECT n.* FROM unnest($1::uuid[], $2::bigint[], $3::boolean[], $4::bigint[]) AS n
ON CONFLICT (app_id, tenant_id) DO UPDATE SET
    listed = excluded.listed,
    position = greatest(l.position, excluded.position)
