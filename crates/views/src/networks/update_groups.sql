UPDATE network_group g SET stream_version = n.stream_version
FROM unnest($1::uuid[], $2::bigint[]) AS n(group_id, stream_version)
WHERE g.group_id = n.group_id
