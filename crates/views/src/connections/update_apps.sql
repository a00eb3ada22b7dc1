UPDATE app a
SET latest_version = coalesce(n.latest_version, a.latest_version), review = coalesce(n.review, a.review)
FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS n(app_id, latest_version, review)
WHERE a.app_id = n.app_id
