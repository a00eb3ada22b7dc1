SELECT NOT EXISTS (SELECT FROM connection c WHERE c.app_id = ANY ($1))
