UPDATE app a
SET latest_version = coalesce(n.latest_version, a.latest_version),
    name = coalesce(n.name, a.name),
    organization_name = coalesce(n.organization_name, a.organization_name),
    homepage_url = coalesce(n.homepage_url, a.homepage_url),
    visibility = coalesce(n.visibility, a.visibility),
    credential_management = coalesce(n.credential_management, a.credential_management),
    review = coalesce(n.review, a.review),
    deleted_at = coalesce(n.deleted_at, a.deleted_at),
    deleted_by_kind = coalesce(n.deleted_by_kind, a.deleted_by_kind),
    deleted_by_id = coalesce(n.deleted_by_id, a.deleted_by_id)
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::timestamptz[], $10::text[], $11::text[])
    AS n(app_id, latest_version, name, organization_name, homepage_url, visibility, credential_management,
         review, deleted_at, deleted_by_kind, deleted_by_id)
WHERE a.app_id = n.app_id
