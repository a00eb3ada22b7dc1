-- Roles are shared by the databases of a server, so another database may have made them already, or be making
-- them at this moment.
DO $$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['chancery_owner', 'chancery_app', 'chancery_views'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
        -- Since Postgres 16 even the login that made a role may only take it on after granting it to itself.
        IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', wanted);
            EXCEPTION WHEN insufficient_privilege THEN
                -- Made and granted beforehand by somebody else; if not, what follows is refused and says so.
                NULL;
            END;
        END IF;
    END LOOP;
END
$$;

REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO chancery_owner;
GRANT USAGE ON SCHEMA public TO chancery_app, chancery_views;
