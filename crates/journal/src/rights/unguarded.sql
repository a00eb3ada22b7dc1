-- Tables that are not kept as they were made: append-only by trigger, also for their owner, and owned by nobody who
-- works with them.
WITH made (name, guard) AS (
    VALUES ('commands', 'append_only'), ('event_keys_checkpoint', 'one_row'), ('events', 'append_only'),
           ('head', 'one_row'), ('seal_tiles', 'append_only'), ('seals', 'append_only')),
refuses (oid) AS (
    SELECT oid FROM pg_proc WHERE proname = 'refuse_change' AND pronamespace = 'public'::regnamespace
        AND btrim(regexp_replace(prosrc, '\s+', ' ', 'g')) =
            'BEGIN RAISE EXCEPTION ''table % is append-only: % is refused'', tg_table_name, tg_op '
            'USING ERRCODE = ''insufficient_privilege''; END'),
-- A statement's trigger, fired before DELETE and TRUNCATE; before UPDATE of any column, or before INSERT.
guards (of, name, enabled, refuses) AS (
    SELECT tgrelid, tgname, tgenabled IN ('O', 'A'),
           tgtype = CASE tgname WHEN 'append_only' THEN 2 + 8 + 32 + 16 ELSE 2 + 8 + 32 + 4 END
               AND tgqual IS NULL AND tgattr = '' AND tgfoid IN (SELECT oid FROM refuses)
    FROM pg_trigger)
SELECT concat_ws(', and ',
        m.name || CASE WHEN c.oid IS NULL THEN ' is missing' ELSE ' belongs to ' || c.relowner::regrole END,
        CASE WHEN c.oid IS NULL THEN NULL
             WHEN g.of IS NULL THEN format('its trigger %s is missing', m.guard)
             WHEN NOT g.enabled THEN format('its trigger %s is off', m.guard)
             WHEN NOT g.refuses THEN format('its trigger %s does not refuse what it was made to', m.guard) END)
    FROM made m
    LEFT JOIN pg_class c ON c.relname = m.name AND c.relnamespace = 'public'::regnamespace
    LEFT JOIN guards g ON g.of = c.oid AND g.name = m.guard
    WHERE c.oid IS NULL OR (g.enabled AND g.refuses) IS NOT TRUE OR c.relowner::regrole::text <> 'chancery_owner'
UNION ALL
SELECT 'session_replication_role is ' || setting || ': no trigger fires'
    FROM pg_settings WHERE name = 'session_replication_role' AND setting = 'replica'
ORDER BY 1
