-- In the select list the arrays run in step; in FROM, each would fill a store of its own first.
UPDATE connection c
SET granted_version = coalesce(n.granted_version, c.granted_version),
    declined_version = coalesce(n.declined_version, c.declined_version),
    declined_at = coalesce(n.declined_at, c.declined_at),
    declined_by_kind = coalesce(n.declined_by_kind, c.declined_by_kind),
    declined_by_id = coalesce(n.declined_by_id, c.declined_by_id),
    silenced_version = coalesce(n.silenced_version, c.silenced_version),
    updated_at = n.updated_at,
    updated_by_kind = n.updated_by_kind,
    updated_by_id = n.updated_by_id,
    position = n.position,
    stream_version = n.stream_version
FROM (SELECT unnest($1::uuid[]) AS app_id, unnest($2::bigint[]) AS tenant_id, unnest($3::text[]) AS environment,
             unnest($4::bigint[]) AS granted_version, unnest($5::bigint[]) AS declined_version,
             unnest($6::timestamptz[]) AS declined_at, unnest($7::text[]) AS declined_by_kind,
             unnest($8::text[]) AS declined_by_id, unnest($9::bigint[]) AS silenced_version,
             unnest($10::timestamptz[]) AS updated_at, unnest($11::text[]) AS updated_by_kind,
             unnest($12::text[]) AS updated_by_id, unnest($13::bigint[]) AS position,
             unnest($14::bigint[]) AS stream_version) n
WHERE c.app_id = n.app_id AND c.tenant_id = n.tenant_id AND c.environment = n.environment
