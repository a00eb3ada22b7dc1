INSERT INTO network_group (group_id, network_id, organization_id, name, environment, created_at, created_by_kind,
                           created_by_id, stream_version)
SELECT n.*, 1
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
    AS n
