SELECT * FROM group_page WHERE group_id = $1
