INSERT INTO secret (client_id, position, secret_id, hint, created_at, created_by_kind, created_by_id)
SELECT unnest($1::text[]), unnest($2::bigint[]), unnest($3::uuid[]), unnest($4::text[]),
       unnest($5::timestamptz[]), unnest($6::text[]), unnest($7::text[])
