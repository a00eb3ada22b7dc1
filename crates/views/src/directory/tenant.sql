SELECT * FROM tenant_page WHERE tenant_id = $1
