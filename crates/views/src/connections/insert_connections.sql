-- In the select list the arrays run in step; in FROM, each would fill a store of its own first.
INSERT INTO connection AS c (
    app_id, tenant_id, environment, connection_id, state, revocation_cause, granted_version, client_id, group_id,
    declined_version, declined_at, declined_by_kind, declined_by_id, silenced_version, updated_at,
    updated_by_kind, updated_by_id, position, stream_version)
SELECT unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::text[]), unnest($4::uuid[]), unnest($5::text[]),
       unnest($6::text[]), unnest($7::bigint[]), unnest($8::text[]), unnest($9::uuid[]), unnest($10::bigint[]),
       unnest($11::timestamptz[]), unnest($12::text[]), unnest($13::text[]), unnest($14::bigint[]),
       unnest($15::timestamptz[]), unnest($16::text[]), unnest($17::text[]), unnest($18::bigint[]),
       unnest($19::bigint[])
