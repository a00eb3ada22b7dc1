SET LOCAL ROLE chancery_owner;

-- Decides a batch of commands and inserts what it accepts. Runs as the tables' owner; its callers may only SELECT.
--
-- c_: one element a command, in the order of arrival.
-- x_: one element for each stream that a command writes or guards: the version it must still have.
-- e_: one element an event, in the order of the log.
-- outcome, one a command: 0 accepted; 1 its id was seen before; 2 a stream it touches has another version;
-- 3 not decided, because an earlier command of this batch writes a stream it touches.
-- base: the position before the first event of this batch.
CREATE FUNCTION append_batch(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[],
    x_command integer[], x_stream text[], x_version bigint[], x_writes boolean[],
    e_command integer[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[], e_type text[],
    e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    OUT outcome smallint[], OUT base bigint, OUT recorded_at timestamptz
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    n integer := cardinality(c_id);
    seen integer[];
    stale integer[];
    waiting integer[];
    i integer;
    added bigint;
BEGIN
    SELECT h.position, greatest(h.recorded_at, clock_timestamp())
        INTO base, recorded_at FROM public.head h FOR UPDATE;

    SELECT array_agg(c.ord) INTO seen
        FROM unnest(c_id) WITH ORDINALITY AS c(id, ord)
        WHERE EXISTS (SELECT FROM public.commands k WHERE k.command_id = c.id);

    IF n = 1 THEN
        SELECT array_agg(x.command) INTO stale
            FROM unnest(x_command, x_stream, x_version) AS x(command, stream, version)
            WHERE x.version <> coalesce((SELECT e.version FROM public.events e
                WHERE e.stream = x.stream ORDER BY e.version DESC LIMIT 1), 0);
    ELSE
        SELECT array_agg(y.command) FILTER (WHERE y.version <> y.current),
               array_agg(y.command) FILTER (WHERE y.first_writer < y.command)
            INTO stale, waiting
            FROM (SELECT x.command, x.version,
                         min(x.command) FILTER (WHERE x.writes) OVER (PARTITION BY x.stream) AS first_writer,
                         coalesce((SELECT e.version FROM public.events e
                             WHERE e.stream = x.stream ORDER BY e.version DESC LIMIT 1), 0) AS current
                  FROM unnest(x_command, x_stream, x_version, x_writes) AS x(command, stream, version, writes)
                 ) AS y;
    END IF;

    outcome := array_fill(0::smallint, ARRAY[n]);
    IF waiting IS NOT NULL THEN FOREACH i IN ARRAY waiting LOOP outcome[i] := 3; END LOOP; END IF;
    IF stale IS NOT NULL THEN FOREACH i IN ARRAY stale LOOP outcome[i] := 2; END LOOP; END IF;
    IF seen IS NOT NULL THEN FOREACH i IN ARRAY seen LOOP outcome[i] := 1; END LOOP; END IF;

    INSERT INTO public.events (position, event_id, category, stream, version, type, schema_version, recorded_at,
                               key_app, key_tenant, actor_kind, actor_id, command_id, correlation_id, causation_id,
                               traceparent, data)
        SELECT base + row_number() OVER (), e.id, e.category, e.stream, e.version, e.type, e.schema,
               append_batch.recorded_at, e.app, e.tenant, e.actor_kind, e.actor_id, e.command_id, e.correlation,
               e.causation, e.trace, e.data
            FROM unnest(e_command, e_id, e_category, e_stream, e_version, e_type, e_schema, e_app, e_tenant,
                        e_actor_kind, e_actor_id, e_command_id, e_correlation, e_causation, e_trace, e_data)
                AS e(command, id, category, stream, version, type, schema, app, tenant, actor_kind, actor_id,
                     command_id, correlation, causation, trace, data)
            WHERE outcome[e.command] = 0;
    GET DIAGNOSTICS added = ROW_COUNT;

    INSERT INTO public.commands (command_id, request_hash, status, answer, first_position, last_position, recorded_at)
        SELECT c.id, c.request, c.status, c.answer,
               CASE WHEN c.events > 0 THEN base + c.total - c.events + 1 END, base + c.total,
               append_batch.recorded_at
            FROM (SELECT u.*, sum(u.events) OVER (ROWS UNBOUNDED PRECEDING) AS total
                  FROM unnest(c_id, c_request, c_status, c_answer, c_events)
                      WITH ORDINALITY AS u(id, request, status, answer, events, ord)
                  WHERE outcome[u.ord] = 0) AS c;

    IF added > 0 THEN
        UPDATE public.head h SET position = base + added, recorded_at = append_batch.recorded_at;
        PERFORM pg_notify('chancery_head', (base + added)::text);
    END IF;
END
$$;

-- The one call by which anything enters the log. It commits before it returns, so a client that freezes at any
-- byte holds no lock: nothing is locked before the whole call has arrived, and nothing is after it answers.
CREATE PROCEDURE append(
    c_id uuid[], c_request bytea[], c_status smallint[], c_answer text[], c_events integer[],
    x_command integer[], x_stream text[], x_version bigint[], x_writes boolean[],
    e_command integer[], e_id uuid[], e_category text[], e_stream text[], e_version bigint[], e_type text[],
    e_schema integer[], e_app uuid[], e_tenant bigint[], e_actor_kind text[], e_actor_id text[],
    e_command_id uuid[], e_correlation uuid[], e_causation uuid[], e_trace text[], e_data json[],
    INOUT outcome smallint[], INOUT base bigint, INOUT recorded_at timestamptz
)
LANGUAGE plpgsql AS $$
BEGIN
    SELECT b.outcome, b.base, b.recorded_at INTO outcome, base, recorded_at
        FROM public.append_batch(
            c_id, c_request, c_status, c_answer, c_events, x_command, x_stream, x_version, x_writes,
            e_command, e_id, e_category, e_stream, e_version, e_type, e_schema, e_app, e_tenant,
            e_actor_kind, e_actor_id, e_command_id, e_correlation, e_causation, e_trace, e_data) AS b;
    COMMIT;
END
$$;

REVOKE ALL ON FUNCTION append_batch FROM PUBLIC;
REVOKE ALL ON PROCEDURE append FROM PUBLIC;
GRANT EXECUTE ON FUNCTION append_batch TO chancery_app;
GRANT EXECUTE ON PROCEDURE append TO chancery_app;

RESET ROLE;
