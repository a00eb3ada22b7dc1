UPDATE app a
SET version = coalesce(n.version, a.version),
    scopes = coalesce(string_to_array(n.scopes, ' '), a.scopes),
    name = coalesce(n.name, a.name),
    organization_name = coalesce(n.organization_name, a.organization_name),
    homepage_url = coalesce(n.homepage_url, a.homepage_url),
    visibility = coalesce(n.visibility, a.visibility),
    credential_management = coalesce(n.credential_management, a.credential_management),
    review = coalesce(n.review, a.review),
    -- Goes with the review: what awaits a new decision has lost the reason of the old one.
    review_reason = CASE WHEN n.review IS NULL THEN a.review_reason ELSE n.review_reason END,
    review_since = coalesce(n.review_since, a.review_since),
    deleted_at = coalesce(n.deleted_at, a.deleted_at),
    deleted_by_kind = coalesce(n.deleted_by_kind, a.deleted_by_kind),
    deleted_by_id = coalesce(n.deleted_by_id, a.deleted_by_id),
    tenant_count = a.tenant_count + n.tenants,
    stream_version = coalesce(n.stream_version, a.stream_version)
FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
            $9::text[], $10::text[], $11::bigint[], $12::timestamptz[], $13::text[], $14::text[], $15::bigint[],
            $16::bigint[])
    AS n(app_id, version, scopes, name, organization_name, homepage_url, visibility, credential_management,
         review, review_reason, review_since, deleted_at, deleted_by_kind, deleted_by_id, tenants, stream_version)
WHERE a.app_id = n.app_id
