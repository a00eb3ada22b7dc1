INSERT INTO catalog (catalog, published_at, published_by_kind, published_by_id, stream_version)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (one) DO UPDATE SET
    catalog = excluded.catalog,
    published_at = excluded.published_at,
    published_by_kind = excluded.published_by_kind,
    published_by_id = excluded.published_by_id,
    stream_version = excluded.stream_version
