-- The last position recorded at or before a time, by halving: times never decrease along positions, and no index
-- on them is kept for this alone. Null where the time is still to come, for then more may be recorded before it.
WITH RECURSIVE halving (low, high) AS (
    SELECT 0::bigint, position FROM public.head WHERE $1::timestamptz <= clock_timestamp()
    UNION ALL
    SELECT CASE WHEN e.recorded_at <= $1 THEN e.position ELSE h.low END,
           CASE WHEN e.recorded_at <= $1 THEN h.high ELSE e.position - 1 END
    FROM halving h CROSS JOIN LATERAL
         (SELECT position, recorded_at FROM public.events WHERE position = (h.low + h.high + 1) / 2) AS e
    WHERE h.low < h.high
)
SELECT max(low) FROM halving WHERE low = high
