SELECT organization_id FROM app WHERE app_id = $1
