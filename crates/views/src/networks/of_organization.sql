SELECT * FROM network_page WHERE organization_id = $2 AND network_id > $3 ORDER BY network_id LIMIT $1
