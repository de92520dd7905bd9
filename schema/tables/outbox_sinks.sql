-- Where notifications go, and up to which position of the log they are in the outbox. A sink gets what is raised after it was
-- named for the first time.
CREATE TABLE caseflow.outbox_sinks (
    log_id   text COLLATE "C" NOT NULL,
    sink     text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    CONSTRAINT outbox_sinks_pk PRIMARY KEY (log_id, sink)
);
