-- Who may write the log past the one way in, beside whom the migrations let: each as a line, and what takes it away.
-- Whoever owns the migrations' history is who migrates, and is meant to act as the tables' owner.
WITH migrates (oid) AS (
    SELECT relowner FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relname = 'refinery_schema_history'),
-- A member of one of these may do what it may. The last two may write any file of the server.
mighty (oid) AS (
    SELECT oid FROM pg_roles WHERE rolsuper OR rolname IN
        ('chancery_owner', 'pg_write_all_data', 'pg_write_server_files', 'pg_execute_server_program')
    UNION
    SELECT oid FROM migrates),
found (one, undo) AS (
    -- Since Postgres 16, who makes a role may pass it on, and neither has its rights nor acts as it without doing so.
    SELECT format('%I %s %I', m.rolname,
                  CASE WHEN coalesce((to_jsonb(a) ->> 'set_option')::boolean OR (to_jsonb(a) ->> 'inherit_option')::boolean, true)
                       THEN 'IN' ELSE 'ADMIN OF' END, r.rolname),
           format('REVOKE %I FROM %I', r.rolname, m.rolname)
        FROM pg_auth_members a JOIN pg_roles r ON r.oid = a.roleid JOIN pg_roles m ON m.oid = a.member
        WHERE r.oid IN (SELECT oid FROM mighty) AND NOT m.rolsuper
            AND NOT (r.rolname = 'chancery_owner' AND m.oid IN (SELECT oid FROM migrates))
    UNION
    -- Every server has one from its beginning.
    SELECT format('%I SUPERUSER', rolname), format('ALTER ROLE %I NOSUPERUSER', rolname)
        FROM pg_roles WHERE rolsuper AND rolcanlogin AND oid <> 10 AND oid NOT IN (SELECT oid FROM migrates)
    UNION
    -- Before Postgres 16 they may make themselves members of any role but a superuser.
    SELECT format('%I CREATEROLE', rolname), format('ALTER ROLE %I NOCREATEROLE', rolname)
        FROM pg_roles WHERE rolcreaterole AND rolcanlogin AND NOT rolsuper AND oid NOT IN (SELECT oid FROM migrates)
            AND current_setting('server_version_num')::int < 160000)
SELECT one COLLATE "C", undo || ';' FROM found ORDER BY 1
