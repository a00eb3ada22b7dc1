UPDATE api_token t SET revoked_at = n.revoked_at
FROM unnest($1::uuid[], $2::timestamptz[]) AS n(token_id, revoked_at)
WHERE t.token_id = n.token_id AND t.revoked_at IS NULL
