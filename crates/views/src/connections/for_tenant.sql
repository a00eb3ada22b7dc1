-- One of the bounds says nothing new: it lets the index of apps begin at the page.
SELECT * FROM standing
WHERE tenant_id = $2 AND environment = $3 AND listed AND deleted_at IS NULL AND (admitted OR consented)
  AND app_id > $4 AND known_app_id > $4
ORDER BY app_id
LIMIT $1
