-- Appends that look less up, and a call of its own for the commonest: one command with one event.
--
-- What a caller found or wrote itself, on this session, needs no second look as long as nobody else appended since:
-- h_known: the head's position after the session's last append, or null. Where the head still stands there, the streams
--     whose s_known is true have the version that stands beside them. To look them up takes a fifth of a batch's time.
-- The other parameters are those of V3. Processes of an earlier version go on calling that, which comes here.

SET LOCAL ROLE chancery_owner;

-- `append_batch` of V3, but for the streams that are known.
CREATE FUNCTION insert_many(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], s_known boolean[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[], h_known bigint
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

    SELECT array_agg(c.n) INTO seen
        FROM (SELECT unnest(c_id) AS id, generate_subscripts(c_id, 1) AS n) AS c
        WHERE (SELECT true FROM public.commands k WHERE k.command_id = c.id LIMIT 1);
    IF base IS DISTINCT FROM h_known OR false = ANY (s_known) THEN
        SELECT array_agg(s.n) INTO stale
            FROM (SELECT unnest(s_stream) AS stream, unnest(s_version) AS version, unnest(s_known) AS known,
                         generate_subscripts(s_stream, 1) AS n) AS s
            WHERE (base IS DISTINCT FROM h_known OR NOT s.known)
                AND s.version <> coalesce((SELECT e.version FROM public.events e
                    WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1), 0);
    END IF;

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

-- The call of it, as `append` is of `append_batch`.
CREATE PROCEDURE append_many(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], s_known boolean[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[], h_known bigint,
    INOUT outcome smallint[], INOUT base bigint, INOUT recorded_at timestamptz
)
LANGUAGE plpgsql AS $$
DECLARE
    answer public.appended;
BEGIN
    answer := public.insert_many(
        c_id, c_request, c_status, c_answer, c_events, c_offset, s_stream, s_version, s_known, x_command, x_stream,
        e_command, e_offset, e_id, e_category, e_stream, e_version, e_type, e_schema, e_app, e_tenant,
        e_actor_kind, e_actor_id, e_command_id, e_correlation, e_causation, e_trace, e_data,
        u_app, u_type, u_after, h_known);
    COMMIT;
    outcome := answer.outcome;
    base := answer.base;
    recorded_at := answer.recorded_at;
END
$$;

-- As `insert_many`, for one command with one event and no condition beside its streams. A lone command pays for the start
-- of every statement and for every array, so there are few. Null where the command is refused: `insert_many` tells why.
CREATE FUNCTION insert_one(
    c_id uuid, c_request bytea, c_status smallint, c_answer text, s_stream text[], s_version bigint[], s_known boolean[],
    e_id uuid, e_category text, e_stream text, e_version bigint, e_type text, e_schema integer, e_app uuid, e_tenant bigint,
    e_actor_kind text, e_actor_id text, e_correlation uuid, e_causation uuid, e_trace text, e_data json, h_known bigint
) RETURNS appended
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    base bigint;
    recorded timestamptz;
    sent text;
BEGIN
    UPDATE public.head h
        SET position = h.position + 1, recorded_at = greatest(h.recorded_at, clock_timestamp())
        WHERE h.one
        RETURNING h.position - 1, h.recorded_at INTO base, recorded;

    IF (base IS DISTINCT FROM h_known OR false = ANY (s_known)) AND EXISTS (
            SELECT FROM (SELECT unnest(s_stream) AS stream, unnest(s_version) AS version) AS s
            WHERE s.version <> coalesce((SELECT e.version FROM public.events e
                WHERE e.stream = s.stream ORDER BY e.version DESC LIMIT 1), 0)) THEN
        RETURN NULL;
    END IF;

    INSERT INTO public.events (position, event_id, category, stream, version, type, schema_version, recorded_at,
                               key_app, key_tenant, actor_kind, actor_id, command_id, correlation_id,
                               causation_id, traceparent, data)
        SELECT base + 1, e_id, e_category, e_stream, e_version, e_type, e_schema, recorded, e_app, e_tenant,
               e_actor_kind, e_actor_id, c_id, e_correlation, e_causation, e_trace, e_data
            WHERE NOT EXISTS (SELECT FROM public.commands k WHERE k.command_id = c_id);
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO public.commands (command_id, request_hash, status, answer, first_position, last_position, recorded_at)
        VALUES (c_id, c_request, c_status, c_answer, base + 1, base + 1, recorded);
    sent := pg_notify('chancery_head', (base + 1)::text);
    RETURN (NULL, base, recorded)::public.appended;
END
$$;

-- The call of it. Where the command is refused, the position is null.
CREATE PROCEDURE append_one(
    c_id uuid, c_request bytea, c_status smallint, c_answer text, s_stream text[], s_version bigint[], s_known boolean[],
    e_id uuid, e_category text, e_stream text, e_version bigint, e_type text, e_schema integer, e_app uuid, e_tenant bigint,
    e_actor_kind text, e_actor_id text, e_correlation uuid, e_causation uuid, e_trace text, e_data json, h_known bigint,
    INOUT base bigint, INOUT recorded_at timestamptz
)
LANGUAGE plpgsql AS $$
DECLARE
    answer public.appended;
BEGIN
    answer := public.insert_one(
        c_id, c_request, c_status, c_answer, s_stream, s_version, s_known, e_id, e_category, e_stream,
        e_version, e_type, e_schema, e_app, e_tenant, e_actor_kind, e_actor_id, e_correlation, e_causation, e_trace, e_data,
        h_known);
    IF answer IS NULL THEN
        ROLLBACK;
    ELSE
        COMMIT;
    END IF;
    base := answer.base;
    recorded_at := answer.recorded_at;
END
$$;

-- What the `append` of V3 calls.
CREATE OR REPLACE FUNCTION append_batch(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[]
) RETURNS appended
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN public.insert_many(
        c_id, c_request, c_status, c_answer, c_events, c_offset, s_stream, s_version,
        array_fill(false, ARRAY[cardinality(s_stream)]), x_command, x_stream, e_command, e_offset, e_id, e_category,
        e_stream, e_version, e_type, e_schema, e_app, e_tenant, e_actor_kind, e_actor_id, e_command_id, e_correlation,
        e_causation, e_trace, e_data, u_app, u_type, u_after, NULL::bigint);
END
$$;

REVOKE ALL ON FUNCTION insert_many, insert_one FROM PUBLIC;
REVOKE ALL ON PROCEDURE append_many, append_one FROM PUBLIC;
GRANT EXECUTE ON FUNCTION insert_many, insert_one TO chancery_app;
GRANT EXECUTE ON PROCEDURE append_many, append_one TO chancery_app;

RESET ROLE;
