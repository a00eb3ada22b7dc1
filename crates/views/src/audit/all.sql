-- What was found of each subject. Rows are read more seldom than events, and say nothing about how far those are.
SELECT subject, coalesce(min(position) FILTER (WHERE shard >= 0), 0), max(audited_at),
       array_remove(array_agg(difference ORDER BY shard), NULL)
FROM public.projection_audits
GROUP BY subject
