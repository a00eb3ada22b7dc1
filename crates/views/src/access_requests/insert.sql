INSERT INTO access_request (request_id, position, requester_id, company, requested_at, state, stream_version)
SELECT n.*, 'pending', 1
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::timestamptz[]) AS n
