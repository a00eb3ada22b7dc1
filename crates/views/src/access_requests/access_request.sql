SELECT * FROM access_request_page WHERE request_id = $1
