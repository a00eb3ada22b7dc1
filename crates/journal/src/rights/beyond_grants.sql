-- Our roles, and what each of them may beyond what it was granted: nothing, unless somebody altered it.
SELECT r.rolname::text, concat_ws(', ',
        CASE WHEN rolcanlogin THEN 'may log in' END,
        CASE WHEN rolsuper THEN 'is a superuser' END,
        CASE WHEN rolcreaterole THEN 'may make roles' END,
        CASE WHEN rolcreatedb THEN 'may make databases' END,
        CASE WHEN rolreplication THEN 'may replicate' END,
        CASE WHEN rolbypassrls THEN 'passes row security by' END,
        (SELECT 'is a member of ' || string_agg(g.rolname, ', ' ORDER BY g.rolname)
            FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid))
    FROM pg_roles r
    WHERE r.rolname IN ('chancery_owner', 'chancery_app', 'chancery_views', 'chancery_sealer')
    ORDER BY r.rolname
