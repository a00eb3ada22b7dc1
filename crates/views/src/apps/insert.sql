INSERT INTO app (app_id, app_key, organization_id, name, organization_name, homepage_url, visibility,
                 credential_management, scopes, review, review_since, created_at, created_by_kind, created_by_id,
                 tenant_count, version, stream_version)
SELECT n.app_id, n.app_key, n.organization_id, n.name, n.organization_name, n.homepage_url, n.visibility,
       n.credential_management, string_to_array(n.scopes, ' '), n.review,
       CASE n.review WHEN 'pending' THEN n.position END, n.created_at, n.created_by_kind, n.created_by_id,
       0, 1, 1
FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::bigint[], $12::timestamptz[], $13::text[], $14::text[])
    AS n(app_id, app_key, organization_id, name, organization_name, homepage_url, visibility,
         credential_management, scopes, review, position, created_at, created_by_kind, created_by_id)
