INSERT INTO public.projection_verifications (verification_id, projection, state, requested_at)
VALUES ($1, $2, 'requested', $3)
ON CONFLICT (verification_id) DO NOTHING
