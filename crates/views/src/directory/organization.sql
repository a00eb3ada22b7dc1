SELECT * FROM organization_page WHERE organization_id = $1
