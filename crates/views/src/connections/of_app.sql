-- Two of the bounds say nothing new: they let the indexes begin at the page.
SELECT * FROM standing
WHERE app_id = $2 AND tenant_id >= $3 AND known_tenant_id >= $3 AND (tenant_id, environment) > ($3, $4)
ORDER BY tenant_id, environment
LIMIT $1
