SET LOCAL ROLE chancery_owner;

-- Gives the log another id, after it was restored to an earlier point: what follows is another history, and positions
-- are comparable within one log id only. For the owner alone: no server may, and none may be there, since each has read
-- the id that it tells when it started.
CREATE FUNCTION renew_log_id() RETURNS uuid
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    renewed uuid;
BEGIN
    UPDATE public.head h SET log_id = gen_random_uuid() WHERE h.one RETURNING h.log_id INTO renewed;
    IF EXISTS (SELECT FROM pg_stat_activity a
            WHERE a.datname = current_database() AND a.application_name LIKE 'chancery/%') THEN
        RAISE EXCEPTION 'servers use this database: stop them first' USING ERRCODE = 'object_in_use';
    END IF;
    RETURN renewed;
END
$$;

REVOKE ALL ON FUNCTION renew_log_id FROM PUBLIC;

RESET ROLE;
