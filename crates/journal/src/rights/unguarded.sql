-- Tables that are not kept as they were made: append-only by trigger, also for their owner, and owned by nobody who
-- works with them.
WITH made (name, guard) AS (
    VALUES ('commands', 'append_only'), ('event_keys_checkpoint', 'one_row'), ('events', 'append_only'),
           ('head', 'one_row'), ('seal_tiles', 'append_only'), ('seals', 'append_only'))
SELECT concat_ws(', and ',
        m.name || CASE WHEN c.oid IS NULL THEN ' is missing' ELSE ' belongs to ' || c.relowner::regrole END,
        CASE WHEN c.oid IS NULL THEN NULL
             WHEN t.oid IS NULL THEN format('its trigger %s is missing', m.guard)
             WHEN t.tgenabled NOT IN ('O', 'A') THEN format('its trigger %s is off', m.guard) END)
    FROM made m
    LEFT JOIN pg_class c ON c.relname = m.name AND c.relnamespace = 'public'::regnamespace
    LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = m.guard
    WHERE c.oid IS NULL OR t.oid IS NULL OR t.tgenabled NOT IN ('O', 'A')
        OR c.relowner::regrole::text <> 'chancery_owner'
UNION ALL
SELECT 'session_replication_role is ' || setting || ': no trigger fires'
    FROM pg_settings WHERE name = 'session_replication_role' AND setting = 'replica'
ORDER BY 1
