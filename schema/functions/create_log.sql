-- Creates a log; nothing happens when there is one of that name already. Its events are appended by caseflow.append.
CREATE OR REPLACE FUNCTION caseflow.create_log(p_log text, p_origin text, p_time_zone text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = caseflow, pg_temp
AS $$
BEGIN
    INSERT INTO caseflow.logs (log_id, origin, time_zone, position, created_at)
    VALUES (p_log, p_origin, p_time_zone, 0, now())
    ON CONFLICT (log_id) DO NOTHING;
END
$$;
