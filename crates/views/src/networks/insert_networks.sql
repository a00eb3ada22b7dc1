INSERT INTO network (network_id, organization_id, customer_id, name, created_at, created_by_kind, created_by_id,
                     stream_version)
SELECT n.*, 1
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::text[]) AS n
