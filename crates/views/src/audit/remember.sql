-- The first difference stands until the build is replaced; true where this one is it.
INSERT INTO public.projection_audits AS a
    (subject, schema_name, shard, position, events, events_digest, difference)
VALUES ($1, $2, $3, $4, $5, $6::text::numeric, $7)
ON CONFLICT (subject, schema_name, shard) DO UPDATE SET
    position = excluded.position,
    events = excluded.events,
    events_digest = excluded.events_digest,
    difference = coalesce(a.difference, excluded.difference),
    audited_at = now()
