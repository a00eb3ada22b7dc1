-- Makes keys, and widens the time that they are known for. A key that has nothing to learn is not locked. In the order
-- given, which is that of the keys.
INSERT INTO public.usage_keys AS k (key, app_id, version, tenant_id, group_id, environment, client_id, secret_id, module,
    operation, method, scope, report_id, outcome, status_class, peak_of, first_at, last_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bigint[], $5::uuid[], $6::text[], $7::text[], $8::uuid[],
    $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[], $16::smallint[],
    $17::timestamptz[], $18::timestamptz[])
    AS g (key, app_id, version, tenant_id, group_id, environment, client_id, secret_id, module, operation, method, scope,
          report_id, outcome, status_class, peak_of, first_at, last_at)
WHERE NOT EXISTS (SELECT FROM public.usage_keys known
    WHERE known.key = g.key AND known.first_at <= g.first_at AND known.last_at >= g.last_at)
ON CONFLICT (key) DO UPDATE
    SET first_at = least(k.first_at, excluded.first_at), last_at = greatest(k.last_at, excluded.last_at)
