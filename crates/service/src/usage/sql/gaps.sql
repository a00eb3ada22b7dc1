SELECT source, first, last, since FROM public.usage_gaps WHERE source = ANY ($1) ORDER BY source, first
