-- What is read is a key or a page that begins at one. A planner that takes a large app's listing for a large tenant
-- for many rows would think that it soon comes upon the first in any order; so it is kept from reading whole tables,
-- and from joins that read a whole index for a page.
SELECT (SELECT min(s.position) FROM public.projection_shards s WHERE s.schema_name = b.schema_name),
       EXISTS (SELECT FROM public.projection_parked k WHERE k.schema_name = b.schema_name),
       set_config('search_path', b.schema_name, true), set_config('enable_seqscan', 'off', true),
       set_config('enable_mergejoin', 'off', true), set_config('enable_hashjoin', 'off', true)
FROM public.projection_pointers p JOIN public.projection_builds b USING (schema_name)
WHERE p.projection = $1 AND b.version = $2
