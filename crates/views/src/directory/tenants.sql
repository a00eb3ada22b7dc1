SELECT * FROM tenant_page WHERE tenant_id > $2 ORDER BY tenant_id LIMIT $1
