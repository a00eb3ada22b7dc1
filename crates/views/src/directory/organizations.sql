SELECT * FROM organization_page WHERE organization_id > $2 ORDER BY organization_id LIMIT $1
