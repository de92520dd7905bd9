-- The workers of a log, as each of them says what it does: for `work status`. Nothing depends on it; a worker that was
-- killed leaves its row behind, with the moment at which it was seen last.
CREATE TABLE caseflow.workers (
    log_id     text COLLATE "C" NOT NULL,
    worker     uuid        NOT NULL,
    started_at timestamptz NOT NULL,
    seen_at    timestamptz NOT NULL,
    doing      text        NOT NULL,
    raised     bigint      NOT NULL,
    lapsed     bigint      NOT NULL,
    parked     bigint      NOT NULL,
    CONSTRAINT workers_pk PRIMARY KEY (log_id, worker)
) WITH (fillfactor = 50);
