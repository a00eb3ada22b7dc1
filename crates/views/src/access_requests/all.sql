SELECT * FROM access_request_page WHERE position > $2 ORDER BY position LIMIT $1
