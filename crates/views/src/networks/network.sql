SELECT * FROM network_page WHERE network_id = $1
