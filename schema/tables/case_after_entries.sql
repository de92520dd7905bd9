-- Read table of the projection `inspection`: what officers keyed at the end of a day, long after it is said to have
-- happened. Batches are found among the entries of one officer on one day, across cases.
CREATE TABLE caseflow.case_after_entries (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    officer     text COLLATE "C" NOT NULL,
    entered_on  date        NOT NULL,           -- local
    position    bigint      NOT NULL,
    recorded_at timestamptz NOT NULL,
    stream      text COLLATE "C" NOT NULL,      -- the case's
    unit        text COLLATE "C" NOT NULL,      -- '' where the record does not say
    CONSTRAINT case_after_entries_pk PRIMARY KEY (log_id, generation, officer, entered_on, position)
);
-- The batches that a case is part of.
CREATE INDEX case_after_entries_case ON caseflow.case_after_entries (log_id, generation, stream);
