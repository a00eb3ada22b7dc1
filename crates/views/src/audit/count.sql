-- What the log has for each shard of a view between two positions. `digest::of_event` and `shard_of` in SQL.
SELECT e.shard, count(*), coalesce(sum(e.low), 0)::text
FROM (SELECT CASE WHEN key_app IS NULL THEN 0 ELSE get_byte(uuid_send(key_app), 15) % $3 END AS shard,
             ('x' || encode(substr(uuid_send(event_id), 9), 'hex'))::bit(64)::bigint AS low
      FROM public.events
      WHERE position > $1 AND position <= $2
        AND ($4::text[] IS NULL OR type = ANY ($4) OR category = ANY ($5::text[]))) AS e
GROUP BY e.shard
