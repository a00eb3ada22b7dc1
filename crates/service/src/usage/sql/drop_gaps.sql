DELETE FROM public.usage_gaps WHERE source = ANY ($1)
