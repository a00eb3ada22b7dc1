SET LOCAL ROLE chancery_owner;

-- As in V10, but a table that a superuser put there counts as one without rows, instead of hiding all others.
CREATE OR REPLACE FUNCTION digest_tables(name text) RETURNS TABLE (table_name text, rows bigint, rows_digest numeric)
LANGUAGE plpgsql STABLE AS $$
DECLARE
    of_table oid;
BEGIN
    FOR table_name, of_table IN SELECT c.relname, c.oid FROM pg_class c
                                WHERE c.relnamespace = name::regnamespace AND c.relkind = 'r' ORDER BY 1 LOOP
        rows := 0;
        rows_digest := 0;
        IF has_table_privilege(of_table, 'SELECT') THEN
            EXECUTE format('SELECT count(*), coalesce(sum(hash_record_extended(r, hashtextextended(%L, 0))), 0) FROM %I.%I r',
                           table_name, name, table_name)
                INTO rows, rows_digest;
        END IF;
        RETURN NEXT;
    END LOOP;
END
$$;

-- As in V10, but reads the rows once: the names of the tables need none of them.
CREATE OR REPLACE FUNCTION begin_digest(name text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kept text;
BEGIN
    FOR kept IN SELECT c.relname FROM pg_class c
                WHERE c.relnamespace = name::regnamespace AND c.relkind = 'r' ORDER BY 1 LOOP
        -- A column of a type that has no hash shows here, and not when the first row comes.
        EXECUTE format('SELECT hash_record_extended(jsonb_populate_record(NULL::%1$I.%2$I, %3$L), 0)',
                       name, kept, '{}');
        EXECUTE format('CREATE TRIGGER digest_in AFTER INSERT ON %1$I.%2$I REFERENCING NEW TABLE AS rows_in
                            FOR EACH STATEMENT EXECUTE FUNCTION public.digest_rows();
                        CREATE TRIGGER digest_change AFTER UPDATE ON %1$I.%2$I
                            REFERENCING OLD TABLE AS rows_out NEW TABLE AS rows_in
                            FOR EACH STATEMENT EXECUTE FUNCTION public.digest_rows();
                        CREATE TRIGGER digest_out AFTER DELETE ON %1$I.%2$I REFERENCING OLD TABLE AS rows_out
                            FOR EACH STATEMENT EXECUTE FUNCTION public.digest_rows()',
                       name, kept);
    END LOOP;
    UPDATE public.projection_shards s
        SET rows = CASE s.shard WHEN 0 THEN d.rows ELSE 0 END,
            rows_digest = CASE s.shard WHEN 0 THEN d.rows_digest ELSE 0 END
        FROM (SELECT coalesce(sum(t.rows), 0) AS rows, coalesce(sum(t.rows_digest), 0) AS rows_digest
              FROM public.digest_tables(name) t) d
        WHERE s.schema_name = name;
END
$$;

RESET ROLE;
