SELECT k.app_id, k.tenant_id, k.environment, k.scope, k.secret_id, min(k.first_at) AS first_at, max(k.last_at) AS last_at
FROM public.usage_keys k
WHERE (k.app_id, k.tenant_id, k.environment) IN (SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::text[]))
    AND k.peak_of = 0 AND k.outcome = $4
GROUP BY k.app_id, k.tenant_id, k.environment, GROUPING SETS ((k.scope), (k.secret_id))
