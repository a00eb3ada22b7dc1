-- How many events of each type there are up to a position, from the keys that filters go by: an index-only scan each,
-- which reads one entry an event.
SELECT known.category, known.type,
       (SELECT count(*) FROM event_keys k
        WHERE k.key = event_key('type', known.type) AND k.position <= $3) AS events
FROM unnest($1::text[], $2::text[]) AS known(type, category)
