SELECT v.*, CASE v.created_by_kind WHEN 'person' THEN coalesce(p.name, 'forgotten') END AS created_by_name
FROM app_version v
LEFT JOIN public.people p ON v.created_by_kind = 'person' AND p.person_id = v.created_by_id
WHERE v.app_id = $2 AND v.version < $3
ORDER BY v.version DESC
LIMIT $1
