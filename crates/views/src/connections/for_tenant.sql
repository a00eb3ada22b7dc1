SELECT * FROM standing
WHERE tenant_id = $2 AND environment = $3 AND listed AND deleted_at IS NULL AND (admitted OR consented)
  AND app_id > $4
ORDER BY app_id
LIMIT $1
