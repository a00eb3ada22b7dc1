-- The projections that something is to be done for.
SELECT projection FROM unnest($1::text[]) AS known (projection)
WHERE EXISTS (SELECT FROM public.projection_rebuilds r WHERE r.projection = known.projection
                AND r.state IN ('requested', 'filling', 'ready', 'differs'))
   OR EXISTS (SELECT FROM public.projection_builds b WHERE b.projection = known.projection AND b.phase = 'dropping')
   OR EXISTS (SELECT FROM public.projection_settings s
              WHERE s.projection = known.projection AND s.rollback_to IS NOT NULL)
