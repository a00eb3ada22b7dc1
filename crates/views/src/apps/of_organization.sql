SELECT * FROM app_page
WHERE organization_id = $2 AND app_id > $3
ORDER BY app_id
LIMIT $1
