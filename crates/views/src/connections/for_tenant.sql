SELECT * FROM standing
WHERE tenant_id = $2 AND environment = $3 AND visible AND app_id > $4
ORDER BY app_id
LIMIT $1
