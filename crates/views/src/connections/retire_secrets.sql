-- A secret's end is never moved later (rule 19); `least` passes over null.
UPDATE secret s SET retires_at = least(s.retires_at, n.retires_at)
FROM unnest($1::uuid[], $2::timestamptz[]) AS n(secret_id, retires_at)
WHERE s.secret_id = n.secret_id
