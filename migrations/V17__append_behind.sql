-- Batches that follow one another on a session without waiting for the answer: the later one knows what the one before it
-- is about to leave behind, if it finds it there.
--
-- h_known: as in V15, or the head that the batch before will leave.
-- h_before, h_first, h_last: the head that the batch before should have found, its first event's id and its last one's; null
--     where nothing is on its way. Where those two stand at both ends of the positions between, that batch has been accepted
--     whole and nobody else appended.
-- The other parameters are those of V3. Processes of earlier versions go on calling theirs, which come here.

SET LOCAL ROLE chancery_owner;

-- `insert_many` of V15, but for what the batch before leaves.
CREATE FUNCTION insert_behind(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], s_known boolean[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[], h_known bigint, h_before bigint, h_first uuid, h_last uuid
) RETURNS appended
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    added bigint := cardinality(e_id);
    outcome smallint[];
    base bigint;
    recorded timestamptz;
    sure boolean;
    seen integer[];
    stale integer[];
    sent text;
BEGIN
    -- Takes the lock that serialises appends. Every later statement sees what the batch before committed.
    UPDATE public.head h
        SET position = h.position + added, recorded_at = greatest(h.recorded_at, clock_timestamp())
        WHERE h.one
        RETURNING h.position - added, h.recorded_at INTO base, recorded;

    sure := base IS NOT DISTINCT FROM h_known AND (h_first IS NULL
        OR (SELECT e.event_id FROM public.events e WHERE e.position = h_before + 1) = h_first
            AND (SELECT e.event_id FROM public.events e WHERE e.position = h_known) = h_last);

    SELECT array_agg(c.n) INTO seen
        FROM (SELECT unnest(c_id) AS id, generate_subscripts(c_id, 1) AS n) AS c
        WHERE (SELECT true FROM public.commands k WHERE k.command_id = c.id LIMIT 1);
    IF sure IS NOT TRUE OR false = ANY (s_known) THEN
        SELECT array_agg(s.n) INTO stale
            FROM (SELECT unnest(s_stream) AS stream, unnest(s_version) AS version, unnest(s_known) AS known,
                         generate_subscripts(s_stream, 1) AS n) AS s
            WHERE (sure IS NOT TRUE OR NOT s.known)
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
CREATE PROCEDURE append_behind(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], s_known boolean[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[], h_known bigint, h_before bigint, h_first uuid, h_last uuid,
    INOUT outcome smallint[], INOUT base bigint, INOUT recorded_at timestamptz
)
LANGUAGE plpgsql AS $$
DECLARE
    answer public.appended;
BEGIN
    answer := public.insert_behind(
        c_id, c_request, c_status, c_answer, c_events, c_offset, s_stream, s_version, s_known, x_command, x_stream,
        e_command, e_offset, e_id, e_category, e_stream, e_version, e_type, e_schema, e_app, e_tenant,
        e_actor_kind, e_actor_id, e_command_id, e_correlation, e_causation, e_trace, e_data,
        u_app, u_type, u_after, h_known, h_before, h_first, h_last);
    COMMIT;
    outcome := answer.outcome;
    base := answer.base;
    recorded_at := answer.recorded_at;
END
$$;

-- What the `append_many` of V15 and the `append_batch` of V3 call.
CREATE OR REPLACE FUNCTION insert_many(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[], c_offset bigint[],
    s_stream text[], s_version bigint[], s_known boolean[], x_command integer[], x_stream integer[],
    e_command integer[], e_offset bigint[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[],
    e_type text[], e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    u_app uuid[], u_type text[], u_after bigint[], h_known bigint
) RETURNS appended
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    RETURN public.insert_behind(
        c_id, c_request, c_status, c_answer, c_events, c_offset, s_stream, s_version, s_known, x_command, x_stream,
        e_command, e_offset, e_id, e_category, e_stream, e_version, e_type, e_schema, e_app, e_tenant,
        e_actor_kind, e_actor_id, e_command_id, e_correlation, e_causation, e_trace, e_data,
        u_app, u_type, u_after, h_known, NULL::bigint, NULL::uuid, NULL::uuid);
END
$$;

REVOKE ALL ON FUNCTION insert_behind FROM PUBLIC;
REVOKE ALL ON PROCEDURE append_behind FROM PUBLIC;
GRANT EXECUTE ON FUNCTION insert_behind TO chancery_app;
GRANT EXECUTE ON PROCEDURE append_behind TO chancery_app;

RESET ROLE;
