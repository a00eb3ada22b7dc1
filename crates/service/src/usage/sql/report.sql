WITH keys AS MATERIALIZED (
    -- What finished counts as called where nobody told that anything of the same app, tenant and environment was let pass.
    SELECT k.*, k.status_class IS NOT NULL AND NOT bool_or(k.peak_of = 0 AND k.status_class IS NULL AND k.outcome = 'allowed')
            OVER (PARTITION BY k.app_id, k.tenant_id, k.environment) AS alone,
        k.status_class IN ('4xx', '5xx') AND k.outcome = 'allowed' AS failed,
        k.outcome IN ('rate_limited', 'report_limited') AS limited
    FROM public.usage_keys k
    WHERE {scope} AND k.peak_of IN (0, {peak_of}) AND k.last_at >= {from} AND k.first_at < {to}
)
SELECT {group},
    coalesce(sum(f.calls) FILTER (WHERE k.status_class IS NULL OR k.alone), 0)::bigint AS calls,
    coalesce(sum(f.calls) FILTER (WHERE (k.status_class IS NULL OR k.alone) AND k.outcome = 'allowed'), 0)::bigint AS passed,
    coalesce(sum(f.calls) FILTER (WHERE (k.status_class IS NULL OR k.alone) AND k.limited), 0)::bigint AS limited,
    coalesce(sum(f.calls) FILTER (WHERE k.status_class IS NOT NULL AND k.outcome = 'allowed'), 0)::bigint AS finished,
    coalesce(sum(f.calls) FILTER (WHERE k.failed), 0)::bigint AS failed,
    coalesce(
        max(f.peak) FILTER (WHERE k.peak_of = {peak_of}
            AND CASE k.peak_of WHEN 0 THEN k.status_class IS NULL OR k.alone ELSE k.outcome = 'decided' END),
        max(f.peak) FILTER (WHERE k.peak_of = {peak_of} AND k.peak_of <> 0), 0) AS peak,
    coalesce(sum(f.bytes_in), 0)::bigint AS bytes_in,
    coalesce(sum(f.bytes_out), 0)::bigint AS bytes_out,
    string_agg(f.latency, ''::bytea) AS latency
FROM public.{counts} f
JOIN keys k USING (key)
WHERE f.at >= {from} AND f.at < {to} {after}
GROUP BY {numbers}
HAVING sum(f.calls) > 0
ORDER BY {numbers}
LIMIT {limit}
