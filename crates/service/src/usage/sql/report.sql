SELECT {group},
    coalesce(sum(f.calls) FILTER (WHERE k.peak_of = 0 AND k.status_class IS NULL), 0)::bigint AS decided,
    coalesce(sum(f.calls) FILTER (WHERE k.peak_of = 0 AND k.status_class IS NULL AND k.outcome = 'allowed'), 0)::bigint AS passed,
    coalesce(sum(f.calls) FILTER (WHERE k.peak_of = 0 AND k.status_class IS NULL
        AND k.outcome IN ('rate_limited', 'report_limited')), 0)::bigint AS limited,
    coalesce(sum(f.calls) FILTER (WHERE k.status_class IS NOT NULL), 0)::bigint AS finished,
    coalesce(sum(f.calls) FILTER (WHERE k.status_class IS NOT NULL AND k.outcome = 'allowed'), 0)::bigint AS finished_passed,
    coalesce(sum(f.calls) FILTER (WHERE k.status_class IS NOT NULL
        AND k.outcome IN ('rate_limited', 'report_limited')), 0)::bigint AS finished_limited,
    coalesce(sum(f.calls) FILTER (WHERE k.status_class IN ('4xx', '5xx') AND k.outcome = 'allowed'), 0)::bigint AS finished_failed,
    max(f.peak) FILTER (WHERE k.peak_of = {peak_of} AND k.status_class IS NULL AND k.outcome <> 'finished') AS peak_decided,
    max(f.peak) FILTER (WHERE k.peak_of = {peak_of} AND (k.status_class IS NOT NULL OR k.outcome = 'finished')) AS peak_finished,
    coalesce(sum(f.bytes_in), 0)::bigint AS bytes_in,
    coalesce(sum(f.bytes_out), 0)::bigint AS bytes_out,
    string_agg(f.latency, ''::bytea) AS latency
FROM public.{counts} f
JOIN public.usage_keys k USING (key)
WHERE {scope} AND k.peak_of IN (0, {peak_of}) AND k.last_at >= {from} AND k.first_at < {to}
    AND f.at >= {from} AND f.at < {to} {after}
GROUP BY {numbers}
HAVING sum(f.calls) > 0
ORDER BY {numbers}
LIMIT {limit}
