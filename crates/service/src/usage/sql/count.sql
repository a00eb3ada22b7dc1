-- Adds to the rows of one table, in the order given, and gives back those whose latencies have grown long.
WITH counted AS (
    INSERT INTO public.{counts} AS c (key, at, calls, peak, bytes_in, bytes_out, latency)
    SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::bytea[])
    ON CONFLICT (key, at) DO UPDATE SET
        calls = c.calls + excluded.calls,
        peak = greatest(c.peak, excluded.peak),
        bytes_in = c.bytes_in + excluded.bytes_in,
        bytes_out = c.bytes_out + excluded.bytes_out,
        latency = c.latency || excluded.latency
    -- A peak that is not passed leaves its row alone.
    WHERE excluded.calls > 0 OR excluded.peak > c.peak
    RETURNING key, at, latency
)
SELECT key, at, latency FROM counted WHERE length(latency) > $8
