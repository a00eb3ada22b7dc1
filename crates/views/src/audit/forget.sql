-- What was found of builds that readers see no longer.
DELETE FROM public.projection_audits WHERE subject = $1 AND schema_name <> $2
