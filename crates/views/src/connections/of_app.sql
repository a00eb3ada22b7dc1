-- `tenant_id >= $3` says nothing new: it lets the index on listings begin at the page.
SELECT * FROM standing
WHERE app_id = $2 AND tenant_id >= $3 AND (tenant_id, environment) > ($3, $4)
ORDER BY tenant_id, environment
LIMIT $1
