-- What stands on the log's tables, whose names are $1, and on the function that guards them: each as a line, and what
-- takes it away. Anybody may ask; names are said in full, whatever the session's search path.
WITH tables AS (
    SELECT relname AS name, format('ALTER TABLE public.%I ', relname) AS alter, c.*
        FROM pg_class c WHERE relnamespace = 'public'::regnamespace AND relname = ANY ($1)),
functions AS (
    SELECT proname || '()' AS name, p.*
        FROM pg_proc p WHERE pronamespace = 'public'::regnamespace AND pronargs = 0 AND proname || '()' = ANY ($1)),
columns AS (
    SELECT t.name, t.alter, a.*, nullif(a.attcollation, y.typcollation) AS collated, pg_get_expr(d.adbin, d.adrelid) AS value
        FROM tables t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
        JOIN pg_type y ON y.oid = a.atttypid LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum),
standing (one, undo) AS (
    SELECT name || CASE relkind WHEN 'r' THEN ' TABLE' ELSE ' RELATION ' || relkind::text END, NULL FROM tables
    UNION ALL
    SELECT name || ' OWNER ' || relowner::regrole, NULL FROM tables
    UNION ALL
    SELECT format('%s COLUMN %I %s', name, attname, format_type(atttypid, atttypmod))
           || coalesce((SELECT format(' COLLATE %I', collname) FROM pg_collation o WHERE o.oid = collated), '')
           || CASE WHEN attidentity <> '' THEN ' IDENTITY' WHEN attgenerated <> '' THEN ' GENERATED' ELSE '' END, NULL
        FROM columns
    UNION ALL
    SELECT format('%s NOT NULL %I', name, attname), format('%sALTER %I DROP NOT NULL', alter, attname)
        FROM columns WHERE attnotnull
    UNION ALL
    SELECT format('%s DEFAULT %I %s', name, attname, value), format('%sALTER %I DROP DEFAULT', alter, attname)
        FROM columns WHERE value IS NOT NULL
    UNION ALL
    -- Since Postgres 18 `NOT NULL` is a constraint as well.
    SELECT format('%s CONSTRAINT %I %s', name, conname, pg_get_constraintdef(o.oid)),
           format('%sDROP CONSTRAINT %I', alter, conname)
        FROM tables t JOIN pg_constraint o ON o.conrelid = t.oid AND contype NOT IN ('n', 't')
    UNION ALL
    SELECT format('%s INDEX %I%s', name, i.relname, CASE WHEN indisunique THEN ' UNIQUE' ELSE '' END)
           || CASE WHEN indisvalid THEN substring(pg_get_indexdef(i.oid) FROM ' USING .*') ELSE ' INVALID' END,
           format('DROP INDEX public.%I', i.relname)
        FROM tables t JOIN pg_index x ON indrelid = t.oid JOIN pg_class i ON i.oid = indexrelid
        WHERE NOT indisvalid OR NOT EXISTS (SELECT FROM pg_constraint o WHERE o.conindid = i.oid AND o.conrelid = t.oid)
    UNION ALL
    SELECT format('%s TRIGGER %I %s EXECUTE FUNCTION %I.%I()', name, tgname,
                  regexp_replace(split_part(pg_get_triggerdef(g.oid), format('TRIGGER %I ', tgname), 2),
                                 ' EXECUTE FUNCTION .*', ''), nspname, proname),
           format('DROP TRIGGER %I ON public.%I', tgname, name)
        FROM tables t JOIN pg_trigger g ON tgrelid = t.oid AND NOT tgisinternal
        JOIN pg_proc p ON p.oid = tgfoid JOIN pg_namespace n ON n.oid = pronamespace
    UNION ALL
    SELECT format('%s TRIGGER %I DISABLED', name, tgname), format('%sENABLE TRIGGER %I', alter, tgname)
        FROM tables t JOIN pg_trigger g ON tgrelid = t.oid AND NOT tgisinternal AND tgenabled NOT IN ('O', 'A')
    UNION ALL
    SELECT format('%s RULE %I ', name, rulename)
           || rtrim(split_part(pg_get_ruledef(r.oid), format('RULE %I AS', rulename), 2), ';'),
           format('DROP RULE %I ON public.%I', rulename, name)
        FROM tables t JOIN pg_rewrite r ON ev_class = t.oid
    UNION ALL
    SELECT name || ' ROW SECURITY', alter || 'DISABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY'
        FROM tables WHERE relrowsecurity OR relforcerowsecurity
    UNION ALL
    -- Its rows are read with the table's.
    SELECT format('%s CHILD %I.%I', name, nspname, c.relname),
           format('ALTER TABLE %I.%I NO INHERIT public.%I', nspname, c.relname, name)
        FROM tables t JOIN pg_inherits ON inhparent = t.oid JOIN pg_class c ON c.oid = inhrelid
        JOIN pg_namespace n ON n.oid = c.relnamespace
    UNION ALL
    SELECT name || ' OWNER ' || proowner::regrole, NULL FROM functions
    UNION ALL
    SELECT format('%s FUNCTION %s %s', name, lanname, prosrc), NULL FROM functions JOIN pg_language l ON l.oid = prolang
    UNION ALL
    SELECT name || ' ' || setting, CASE source
            WHEN 'database' THEN format('ALTER DATABASE %I RESET %s', current_database(), name)
            WHEN 'user' THEN format('ALTER ROLE %I RESET %s', session_user, name)
            ELSE 'ALTER SYSTEM RESET ' || name END
        FROM pg_settings WHERE name = 'session_replication_role' AND setting = 'replica')
SELECT btrim(regexp_replace(one, '\s+', ' ', 'g')) COLLATE "C" AS one, coalesce(undo || ';', '') FROM standing ORDER BY one
