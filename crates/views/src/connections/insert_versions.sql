INSERT INTO app_version (app_id, version, scopes)
SELECT n.app_id, n.version, string_to_array(n.scopes, ' ')
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS n(app_id, version, scopes)
