-- There is one at most; the limit tells the planner, which may think that a large app has many in a large tenant.
SELECT * FROM standing WHERE app_id = $1 AND tenant_id = $2 AND environment = $3 LIMIT 1
