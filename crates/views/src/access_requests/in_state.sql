SELECT * FROM access_request_page WHERE state = $3 AND position > $2 ORDER BY position LIMIT $1
