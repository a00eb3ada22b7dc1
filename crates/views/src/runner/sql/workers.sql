SELECT w.worker, w.knows, w.seen_until > now() AS seen,
       EXISTS (SELECT FROM pg_locks l
               WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2
                 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
                 AND l.classid::bigint = hashtext('chancery projection worker')::bigint & 4294967295
                 AND l.objid::bigint = w.number) AS session
FROM public.projection_workers w
ORDER BY w.number
