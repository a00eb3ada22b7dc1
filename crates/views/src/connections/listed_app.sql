-- The end of a deleted app's connection is shown to whoever saw the app before. For the limit see `connection.sql`.
SELECT * FROM standing
WHERE tenant_id = $1 AND environment = $2 AND app_id = $3 AND listed AND (admitted OR consented)
  AND (deleted_at IS NULL OR state = 'revoked')
LIMIT 1
