-- A rebuild for a version that is new, unless one is under way, or was and did not stay.
INSERT INTO public.projection_rebuilds (rebuild_id, projection, version, state, promote, target, requested_at)
SELECT $1, $2, $3, 'requested', 'if_equal', head.position, now()
FROM public.head
WHERE NOT EXISTS (SELECT FROM public.projection_rebuilds r
                  WHERE r.projection = $2 AND r.version >= $3::integer AND r.state <> 'promoted')
