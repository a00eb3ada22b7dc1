SELECT subject, min(position), max(audited_at), array_remove(array_agg(difference ORDER BY shard), NULL)
FROM public.projection_audits
GROUP BY subject
