INSERT INTO app_version (app_id, version, scopes, added, removed, created_at, created_by_kind, created_by_id)
SELECT n.app_id, n.version, string_to_array(n.scopes, ' '), string_to_array(n.added, ' '),
       string_to_array(n.removed, ' '), n.created_at, n.created_by_kind, n.created_by_id
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
            $8::text[])
    AS n(app_id, version, scopes, added, removed, created_at, created_by_kind, created_by_id)
