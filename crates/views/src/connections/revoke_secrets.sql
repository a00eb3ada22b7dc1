UPDATE secret s SET revoked_at = n.revoked_at
FROM unnest($1::uuid[], $2::timestamptz[]) AS n(secret_id, revoked_at)
WHERE s.secret_id = n.secret_id AND s.revoked_at IS NULL
