SELECT * FROM app_page
WHERE organization_id = $2 AND deleted_at IS NULL AND app_id > $3
ORDER BY app_id
LIMIT $1
