-- Creates a log; nothing happens when there is one of that name already. Its events are appended by caseflow.append.
--
--   p_clock   `real`: events bear the time at which they are recorded, and caseflow.append sees to it. `simulated`: they
--             bear the time of a simulation, and nothing but a simulation appends to it (decision 19). For good.
CREATE OR REPLACE FUNCTION caseflow.create_log(
    p_log text, p_origin text, p_time_zone text, p_clock text DEFAULT 'real'
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = caseflow, pg_temp
AS $$
BEGIN
    INSERT INTO caseflow.logs (log_id, origin, time_zone, position, created_at, clock)
    VALUES (p_log, p_origin, p_time_zone, 0, now(), p_clock)
    ON CONFLICT (log_id) DO NOTHING;
END
$$;
