INSERT INTO public.projection_settings (projection, paused) VALUES ($1, $2)
ON CONFLICT (projection) DO UPDATE SET paused = excluded.paused
