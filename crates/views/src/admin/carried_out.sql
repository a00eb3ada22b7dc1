-- Whether everything that operators asked of the projection up to a position is known to the engine, and what can be done at
-- once is done.
SELECT NOT EXISTS (SELECT FROM events WHERE stream = 'projection-' || $1 AND position <= $2
                   AND position > coalesce((SELECT position FROM projection_control), 0))
   AND NOT EXISTS (SELECT FROM projection_rebuilds
                   WHERE projection = $1 AND promote = 'now' AND state IN ('ready', 'differs'))
   AND NOT EXISTS (SELECT FROM projection_settings WHERE projection = $1 AND rollback_to IS NOT NULL)
   AND NOT EXISTS (SELECT FROM projection_builds JOIN projection_parked USING (schema_name)
                   WHERE projection = $1 AND wanted IS NOT NULL
                     -- Nobody mends what is retired.
                     AND phase IN ('filling', 'following'))
