-- What a stream's thing is called now: the last event of it that says so, read backwards by the stream's index.
-- From the log and not from a view, so that it is as fresh as the event beside it, and there whatever views do.
SELECT thing.stream, named.name
FROM unnest($1::text[]) AS thing(stream)
CROSS JOIN LATERAL (
    SELECT e.data ->> 'name' AS name
    FROM public.events e
    WHERE e.stream = thing.stream
        AND e.type IN ('AppCreated', 'AppDetailsEdited', 'OrganizationRegistered', 'NetworkCreated', 'GroupCreated',
                       'ApiTokenIssued')
    ORDER BY e.version DESC
    LIMIT 1
) AS named
WHERE named.name IS NOT NULL
