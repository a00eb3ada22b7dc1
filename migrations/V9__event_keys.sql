SET LOCAL ROLE chancery_owner;

-- What filters look events up by: a projection of the log, kept up behind the appends, and not indexes that every append
-- would wait for (ADR 9). One row for each thing that an event may be looked for by: its type, category, actor, app,
-- tenant, correlation. Vacuumed early, so that the index answers without the rows.
CREATE TABLE event_keys (
    key      bigint NOT NULL,
    position bigint NOT NULL,
    PRIMARY KEY (key, position)
) WITH (autovacuum_vacuum_insert_scale_factor = 0.02);

-- One row: every event up to this position has its keys in the table, and no later one has any.
CREATE TABLE event_keys_checkpoint (
    one        boolean PRIMARY KEY DEFAULT true,
    position   bigint NOT NULL DEFAULT 0,
    updated_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 10);

INSERT INTO event_keys_checkpoint DEFAULT VALUES;

CREATE TRIGGER one_row BEFORE INSERT OR DELETE OR TRUNCATE ON event_keys_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- 64 bits of a column and its value. Two values may share them: whoever finds an event by a key looks at the event.
-- Not declared parallel safe: that keeps the planner from starting workers for a tail that it believes to be long.
CREATE FUNCTION event_key(what text, value text) RETURNS bigint
LANGUAGE sql IMMUTABLE STRICT
RETURN hashtextextended((what || '=' || value) COLLATE "C", 0);

-- Writes the keys of at most so many further events, keys and checkpoint in one transaction; returns the checkpoint.
-- Where another process is at it, this one leaves it to that one.
CREATE FUNCTION index_events(most integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
-- The first calls find an empty log; what is right then would be wrong later.
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
    reached bigint;
    last bigint;
BEGIN
    SELECT c.position INTO reached FROM public.event_keys_checkpoint c FOR NO KEY UPDATE SKIP LOCKED;
    IF reached IS NULL THEN
        RETURN (SELECT c.position FROM public.event_keys_checkpoint c);
    END IF;
    last := least(reached + most, (SELECT h.position FROM public.head h));
    IF last <= reached THEN
        RETURN reached;
    END IF;
    -- In the order of the index, so that what belongs on one page gets there at once.
    INSERT INTO public.event_keys (key, position)
        SELECT DISTINCT k.key, k.position
            FROM (SELECT e.position, unnest(ARRAY[
                      public.event_key('type', e.type), public.event_key('category', e.category),
                      public.event_key('actor', e.actor_id), public.event_key('app', e.key_app::text),
                      public.event_key('tenant', e.key_tenant::text),
                      public.event_key('correlation', e.correlation_id::text)]) AS key
                  FROM public.events e WHERE e.position > reached AND e.position <= last) AS k
            WHERE k.key IS NOT NULL
            ORDER BY k.key, k.position;
    UPDATE public.event_keys_checkpoint c SET position = last, updated_at = clock_timestamp();
    RETURN last;
END
$$;

-- Forgets all keys. They are written anew from the log's beginning; meanwhile filters are slow, and right.
CREATE FUNCTION forget_event_keys() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- The checkpoint first, as `index_events` does it: so neither waits for the other while it is waited for.
    UPDATE public.event_keys_checkpoint c SET position = 0, updated_at = clock_timestamp();
    TRUNCATE public.event_keys;
END
$$;

GRANT SELECT ON event_keys, event_keys_checkpoint TO chancery_app;
REVOKE ALL ON FUNCTION event_key, index_events, forget_event_keys FROM PUBLIC;
GRANT EXECUTE ON FUNCTION event_key TO chancery_app;
GRANT EXECUTE ON FUNCTION index_events, forget_event_keys TO chancery_views;

RESET ROLE;
