-- What the auditor found of each build: how far it has compared, and the first difference.
SELECT schema_name, min(position) AS position, max(audited_at) AS audited_at, min(difference) AS difference
FROM projection_audits
WHERE $1::text IS NULL OR subject = $1
GROUP BY schema_name
