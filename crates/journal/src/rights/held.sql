-- What anybody but the owner may do with what stands in the schema `public`; extensions bring their own.
WITH held AS (
    SELECT 'pg_class'::regclass AS class, c.oid, relname AS name, relowner AS owner, acl.* FROM pg_class c,
        aclexplode(coalesce(relacl, acldefault('r', relowner))) AS acl
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v', 'm', 'p', 'f', 'S')
    UNION ALL
    SELECT 'pg_class'::regclass, c.oid, relname, relowner, grantor, grantee,
           privilege_type || '(' || quote_ident(attname) || ')', is_grantable
        FROM pg_class c JOIN pg_attribute a ON attrelid = c.oid AND NOT attisdropped, aclexplode(attacl)
        WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_proc'::regclass, p.oid, proname, proowner, acl.* FROM pg_proc p,
        aclexplode(coalesce(proacl, acldefault('f', proowner))) AS acl
        WHERE pronamespace = 'public'::regnamespace
    UNION ALL
    SELECT 'pg_namespace'::regclass, n.oid, nspname, nspowner, acl.* FROM pg_namespace n,
        aclexplode(coalesce(nspacl, acldefault('n', nspowner))) AS acl WHERE nspname = 'public')
SELECT (CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
       || ' ' || privilege_type || ' ' || name
       || CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) COLLATE "C" AS one
    FROM held WHERE grantee <> owner AND grantee <> 'chancery_owner'::regrole
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = held.class AND d.objid = held.oid AND d.deptype = 'e')
    ORDER BY one
