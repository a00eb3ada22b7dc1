SET LOCAL ROLE chancery_owner;

-- What became of a batch. outcome: null where all were accepted; else one a command: 0 accepted, 1 its id was seen
-- before, 2 what it was decided on has changed. base: the position before the batch's first event.
CREATE TYPE appended AS (outcome smallint[], base bigint, recorded_at timestamptz);

-- Decides a batch of commands and inserts what it accepts. Runs as the tables' owner; its callers may only SELECT.
--
-- c_: one element a command, in the order of arrival. c_offset: how many events the batch has up to and
--     including this command's.
-- s_: each stream that the batch writes or guards, once, with the version it must still have.
-- x_: which command touches which of those streams.
-- e_: one element an event, in the order of the log. e_offset: 1, 2, 3 …
-- u_: not null only beside a command that travels alone: no event of this type about this app stands after the
--     position. One that reaches back over more than 10,000 events counts as broken: it is decided again on newer
--     ground, so that nobody waits at the lock while the log is searched.
-- No command of a batch touches a stream that another one of it writes: the caller leaves that command for the
-- next batch.
--
-- A lone command pays for the start of every statement, so there are few, and each is small: `unnest` in the
-- select list runs in lockstep and keeps nothing, whereas in FROM it would fill a tuplestore for each array. The
-- commonest, a lone command with one event, does without: a fifth of its time was to set up two dozen of them.
CREATE FUNCTION append_batch(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[]
) RETURNS appended
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added bigint := cardinality(e_id);
    outcome smallint[];
    base bigint;
    recorded timestamptz;
    seen integer[];
    stale integer[];
    sent text;
BEGIN
    -- Takes the lock that serialises appends. Every later statement sees what the batch before committed.
    UPDATE public.head h
        SET position = h.position + added, recorded_at = greatest(h.recorded_at, clock_timestamp())
        WHERE h.one
        RETURNING h.position - added, h.recorded_at INTO base, recorded;

    IF added = 1 AND cardinality(c_id) = 1 AND u_app IS NULL THEN
        INSERT INTO public.events (position, event_id, category, stream, version, type, schema_version, recorded_at,
                                   key_app, key_tenant, actor_kind, actor_id, command_id, correlation_id,
                                   causation_id, traceparent, data)
            SELECT base + 1, e_id[1], e_category[1], e_stream[1], e_version[1], e_type[1], e_schema[1], recorded,
                   e_app[1], e_tenant[1], e_actor_kind[1], e_actor_id[1], e_command_id[1], e_correlation[1],
                   e_causation[1], e_trace[1], e_data[1]
                WHERE NOT EXISTS (SELECT FROM public.commands k WHERE k.command_id = c_id[1])
                    AND NOT EXISTS (SELECT FROM (SELECT unnest(s_stream) AS stream, unnest(s_version) AS version) AS s
                        WHERE s.version <> coalesce((SELECT e.version FROM public.events e
                            WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1), 0));
        IF FOUND THEN
            INSERT INTO public.commands (command_id, request_hash, status, answer, first_position, last_position,
                                         recorded_at)
                VALUES (c_id[1], c_request[1], c_status[1], c_answer[1], base + 1, base + 1, recorded);
            sent := pg_notify('chancery_head', (base + 1)::text);
            RETURN (outcome, base, recorded)::public.appended;
        END IF;
        -- Refused: below it is told why.
    END IF;

    SELECT (SELECT array_agg(c.n)
                FROM (SELECT unnest(c_id) AS id, generate_subscripts(c_id, 1) AS n) AS c
                WHERE (SELECT true FROM public.commands k WHERE k.command_id = c.id LIMIT 1)),
           (SELECT array_agg(s.n)
                FROM (SELECT unnest(s_stream) AS stream, unnest(s_version) AS version,
                             generate_subscripts(s_stream, 1) AS n) AS s
                WHERE s.version <> coalesce((SELECT e.version FROM public.events e
                    WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1), 0))
        INTO seen, stale;

    IF u_app IS NOT NULL AND EXISTS (
            SELECT FROM unnest(u_app, u_type, u_after) AS u(app, type, after)
            WHERE u.after < base - 10000 OR EXISTS (SELECT FROM public.events e
                WHERE e.position > u.after AND e.key_app = u.app AND e.type = u.type)) THEN
        stale := ARRAY(SELECT generate_subscripts(s_stream, 1));
    END IF;

    IF seen IS NOT NULL OR stale IS NOT NULL THEN
        -- Number the accepted ones anew, and leave the others null.
        SELECT array_agg(CASE WHEN c.n = ANY (seen) THEN 1 WHEN x.command IS NOT NULL THEN 2 ELSE 0 END ORDER BY c.n)
            INTO outcome
            FROM generate_subscripts(c_id, 1) AS c(n)
            LEFT JOIN (SELECT DISTINCT t.command
                       FROM (SELECT unnest(x_command) AS command, unnest(x_stream) AS stream) AS t
                       WHERE t.stream = ANY (stale)) AS x ON x.command = c.n;
        SELECT array_agg(CASE WHEN outcome[e.command] = 0 THEN e.n END ORDER BY e.ord), max(e.n)
            INTO e_offset, added
            FROM (SELECT u.command, u.ord,
                         count(*) FILTER (WHERE outcome[u.command] = 0) OVER (ORDER BY u.ord) AS n
                  FROM unnest(e_command) WITH ORDINALITY AS u(command, ord)) AS e;
        added := coalesce(added, 0);
        SELECT array_agg(CASE WHEN outcome[c.ord] = 0 THEN c.n END ORDER BY c.ord)
            INTO c_offset
            FROM (SELECT u.ord,
                         coalesce(sum(u.events) FILTER (WHERE outcome[u.ord] = 0) OVER (ORDER BY u.ord), 0) AS n
                  FROM unnest(c_events) WITH ORDINALITY AS u(events, ord)) AS c;
        UPDATE public.head h SET position = base + added WHERE h.one;
    END IF;

    INSERT INTO public.events (position, event_id, category, stream, version, type, schema_version, recorded_at,
                               key_app, key_tenant, actor_kind, actor_id, command_id, correlation_id,
                               causation_id, traceparent, data)
        SELECT base + e.n, e.id, e.category, e.stream, e.version, e.type, e.schema, recorded, e.app, e.tenant,
               e.actor_kind, e.actor_id, e.command_id, e.correlation, e.causation, e.trace, e.data
            FROM (SELECT unnest(e_offset) AS n, unnest(e_id) AS id, unnest(e_category) AS category,
                         unnest(e_stream) AS stream, unnest(e_version) AS version, unnest(e_type) AS type,
                         unnest(e_schema) AS schema, unnest(e_app) AS app, unnest(e_tenant) AS tenant,
                         unnest(e_actor_kind) AS actor_kind, unnest(e_actor_id) AS actor_id,
                         unnest(e_command_id) AS command_id, unnest(e_correlation) AS correlation,
                         unnest(e_causation) AS causation, unnest(e_trace) AS trace, unnest(e_data) AS data) AS e
            WHERE e.n IS NOT NULL;

    INSERT INTO public.commands (command_id, request_hash, status, answer, first_position, last_position,
                                 recorded_at)
        SELECT c.id, c.request, c.status, c.answer,
               CASE WHEN c.events > 0 THEN base + c.n - c.events + 1 END, base + c.n, recorded
            FROM (SELECT unnest(c_offset) AS n, unnest(c_id) AS id, unnest(c_request) AS request,
                         unnest(c_status) AS status, unnest(c_answer) AS answer, unnest(c_events) AS events) AS c
            WHERE c.n IS NOT NULL;

    IF added > 0 THEN
        sent := pg_notify('chancery_head', (base + added)::text);
    END IF;
    RETURN (outcome, base, recorded)::public.appended;
END
$$;

-- The one call by which anything enters the log. It commits before it returns, so a client that freezes at any
-- byte holds no lock: nothing is locked before the whole call has arrived, and nothing is after it answers.
CREATE PROCEDURE append(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[],
    INOUT outcome smallint[], INOUT base bigint, INOUT recorded_at timestamptz
)
LANGUAGE plpgsql AS $$
DECLARE
    answer public.appended;
BEGIN
    answer := public.append_batch(
        c_id, c_request, c_status, c_answer, c_events, c_offset, s_stream, s_version, x_command, x_stream,
        e_command, e_offset, e_id, e_category, e_stream, e_version, e_type, e_schema, e_app, e_tenant,
        e_actor_kind, e_actor_id, e_command_id, e_correlation, e_causation, e_trace, e_data,
        u_app, u_type, u_after);
    COMMIT;
    outcome := answer.outcome;
    base := answer.base;
    recorded_at := answer.recorded_at;
END
$$;

REVOKE ALL ON FUNCTION append_batch FROM PUBLIC;
REVOKE ALL ON PROCEDURE append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_batch TO chancery_app;
GRANT EXECUTE ON PROCEDURE append TO chancery_app;

RESET ROLE;
