SELECT * FROM standing WHERE tenant_id = $1 AND environment = $2 AND app_id = $3 AND visible
