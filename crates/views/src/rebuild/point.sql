WITH pointed AS (
    UPDATE public.projection_pointers SET schema_name = $3 WHERE projection = $1 AND schema_name = $2
    RETURNING projection
), phases AS (
    UPDATE public.projection_builds b
    SET phase = CASE b.schema_name WHEN $2 THEN 'retired' WHEN $3 THEN 'following' ELSE 'dropping' END,
        switched_at = CASE WHEN b.schema_name IN ($2, $3) THEN now() ELSE b.switched_at END
    FROM pointed
    WHERE b.projection = pointed.projection AND (b.schema_name IN ($2, $3) OR b.phase = 'retired')
    RETURNING b.schema_name
), unwanted AS (
    -- Nobody mends it any more: whoever goes back to it asks anew.
    UPDATE public.projection_parked k SET wanted = NULL
    FROM phases WHERE k.schema_name = phases.schema_name AND phases.schema_name = $2 AND k.wanted IS NOT NULL
)
UPDATE public.projection_shards s SET epoch = s.epoch + 1, worker = NULL, lease_until = '-infinity', rate = 0
FROM phases
WHERE s.schema_name = phases.schema_name AND phases.schema_name = $2
