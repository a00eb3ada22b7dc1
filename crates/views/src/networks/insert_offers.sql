INSERT INTO offer (group_id, app_id)
SELECT n.* FROM unnest($1::uuid[], $2::uuid[]) AS n
ON CONFLICT DO NOTHING
