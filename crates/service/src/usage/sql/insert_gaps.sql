INSERT INTO public.usage_gaps (source, first, last, since)
SELECT * FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::timestamptz[])
