-- What became of the rebuilds that made the build that was left, and the one that was gone back to.
UPDATE public.projection_rebuilds SET state = CASE schema_name WHEN $1 THEN 'rolled_back' ELSE 'promoted' END
WHERE (schema_name = $1 AND state = 'promoted') OR (schema_name = $2 AND state = 'rolled_back')
