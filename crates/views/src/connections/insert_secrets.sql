INSERT INTO secret (client_id, position, secret_id, hint, created_at, created_by_kind, created_by_id)
SELECT n.*
FROM unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::text[]) AS n
