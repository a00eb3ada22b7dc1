SET LOCAL ROLE chancery_owner;

-- What a stranger wants access for (rule 1): free text, so it is taken for personal and stands beside the address.
ALTER TABLE people ADD COLUMN purpose text;

-- Which access requests count for rule 1's limits. Not a decision and not history: a row goes when it counts no more.
CREATE TABLE access_admissions (
    request_id  uuid PRIMARY KEY,
    -- A keyed hash of where it came from; null once that counts no more.
    sender      bytea,
    admitted_at timestamptz NOT NULL,
    decided     boolean NOT NULL DEFAULT false
);

-- One row. The key is this database's own: without it a hash of an address is undone by trying all addresses.
CREATE TABLE access_admission_control (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    sender_key bytea NOT NULL,
    -- When the rows were last compared with the log.
    swept_at   timestamptz NOT NULL
);

INSERT INTO access_admission_control (sender_key, swept_at)
    VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'), 'epoch');

-- Admits an access request, unless its sender had `of_sender` admitted within an hour, or `undecided` wait for a
-- decision: then `refused` says which, and `retry_after` the seconds to wait. One call, so that a client that freezes
-- holds no lock. Admissions take turns; each statement sees what the one before committed.
CREATE FUNCTION admit_access_request(
    request uuid, sent_by bytea, of_sender integer, undecided integer, OUT refused text, OUT retry_after integer
)
LANGUAGE plpgsql AS $$
DECLARE
    span CONSTANT interval := '1 hour';
    moment timestamptz;
    oldest timestamptz;
BEGIN
    -- "access" in the key of the advisory lock.
    PERFORM pg_advisory_xact_lock(x'616363657373'::bigint);
    moment := clock_timestamp();
    DELETE FROM public.access_admissions a WHERE a.decided AND a.admitted_at <= moment - span;
    UPDATE public.access_admissions a SET sender = NULL WHERE a.sender IS NOT NULL AND a.admitted_at <= moment - span;

    -- A process that died between this table and the log left a row that counts too long, and perhaps somebody who
    -- asks for nothing: a request and its sender have one id.
    UPDATE public.access_admission_control c SET swept_at = moment WHERE c.swept_at <= moment - interval '1 minute';
    IF FOUND THEN
        UPDATE public.access_admissions a SET decided = true
            WHERE NOT a.decided AND EXISTS (SELECT FROM public.events e
                WHERE e.stream = 'access-' || a.request_id AND e.version = 2);
        WITH never_made AS (
            DELETE FROM public.access_admissions a
                WHERE NOT a.decided AND a.admitted_at <= moment - interval '10 minutes'
                    AND NOT EXISTS (SELECT FROM public.events e
                        WHERE e.stream = 'access-' || a.request_id AND e.version = 1)
                RETURNING a.request_id
        )
        DELETE FROM public.people p USING never_made n WHERE p.person_id = n.request_id::text;
    END IF;

    SELECT a.admitted_at INTO oldest FROM public.access_admissions a
        WHERE a.sender = sent_by ORDER BY a.admitted_at DESC OFFSET of_sender - 1 LIMIT 1;
    IF FOUND THEN
        refused := 'sender';
        retry_after := ceil(extract(epoch FROM oldest + span - moment));
        RETURN;
    END IF;
    IF (SELECT count(*) FROM public.access_admissions a WHERE NOT a.decided) >= undecided THEN
        refused := 'full';
        retry_after := extract(epoch FROM span);
        RETURN;
    END IF;

    INSERT INTO public.access_admissions (request_id, sender, admitted_at) VALUES (request, sent_by, moment);
END
$$;

REVOKE ALL ON FUNCTION admit_access_request FROM PUBLIC;
GRANT EXECUTE ON FUNCTION admit_access_request TO chancery_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON access_admissions TO chancery_app;
GRANT SELECT, UPDATE ON access_admission_control TO chancery_app;

RESET ROLE;
