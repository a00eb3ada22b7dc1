SELECT * FROM app_page WHERE app_id = $1
