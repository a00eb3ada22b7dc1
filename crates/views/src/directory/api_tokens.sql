SELECT * FROM api_token_page WHERE token_id > $2 ORDER BY token_id LIMIT $1
