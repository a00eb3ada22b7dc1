SELECT * FROM standing WHERE app_id = $1 AND tenant_id = $2 AND environment = $3
