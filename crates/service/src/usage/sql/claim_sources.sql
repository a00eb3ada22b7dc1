-- Locks the sources, the new ones too, in the order given, and says how far each has come.
INSERT INTO public.usage_sources AS s (source, sequence, reached, ended, seen_at)
SELECT g.source, 0, g.reached, false, now() FROM unnest($1::uuid[], $2::timestamptz[]) AS g (source, reached)
ON CONFLICT (source) DO UPDATE SET seen_at = now()
RETURNING source, sequence, reached, ended
