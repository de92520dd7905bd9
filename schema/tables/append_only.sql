-- The triggers that make the log append-only for everybody; `ENABLE ALWAYS` holds on replicas too.
CREATE TRIGGER events_append_only BEFORE UPDATE OR DELETE ON caseflow.events
    FOR EACH ROW EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER events_not_emptied BEFORE TRUNCATE ON caseflow.events
    FOR EACH STATEMENT EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER batches_append_only BEFORE UPDATE OR DELETE ON caseflow.batches
    FOR EACH ROW EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER batches_not_emptied BEFORE TRUNCATE ON caseflow.batches
    FOR EACH STATEMENT EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER requests_append_only BEFORE UPDATE OR DELETE ON caseflow.requests
    FOR EACH ROW EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER requests_not_emptied BEFORE TRUNCATE ON caseflow.requests
    FOR EACH STATEMENT EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER streams_not_removed BEFORE DELETE ON caseflow.streams
    FOR EACH ROW EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER streams_not_emptied BEFORE TRUNCATE ON caseflow.streams
    FOR EACH STATEMENT EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER logs_not_removed BEFORE DELETE ON caseflow.logs
    FOR EACH ROW EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER logs_not_emptied BEFORE TRUNCATE ON caseflow.logs
    FOR EACH STATEMENT EXECUTE FUNCTION caseflow.refuse_change();
CREATE TRIGGER logs_clock_kept BEFORE UPDATE OF clock ON caseflow.logs
    FOR EACH ROW EXECUTE FUNCTION caseflow.refuse_change();
ALTER TABLE caseflow.events ENABLE ALWAYS TRIGGER events_append_only, ENABLE ALWAYS TRIGGER events_not_emptied;
ALTER TABLE caseflow.batches ENABLE ALWAYS TRIGGER batches_append_only, ENABLE ALWAYS TRIGGER batches_not_emptied;
ALTER TABLE caseflow.requests ENABLE ALWAYS TRIGGER requests_append_only, ENABLE ALWAYS TRIGGER requests_not_emptied;
ALTER TABLE caseflow.streams ENABLE ALWAYS TRIGGER streams_not_removed, ENABLE ALWAYS TRIGGER streams_not_emptied;
ALTER TABLE caseflow.logs ENABLE ALWAYS TRIGGER logs_not_removed, ENABLE ALWAYS TRIGGER logs_not_emptied,
    ENABLE ALWAYS TRIGGER logs_clock_kept;
