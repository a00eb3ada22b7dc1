SELECT * FROM group_page WHERE network_id = $2 AND group_id > $3 ORDER BY group_id LIMIT $1
