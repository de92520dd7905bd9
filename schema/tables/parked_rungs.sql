-- What the sweep of `caseflowd work` could not raise, with the reason: tried again with growing pauses, while all others go
-- on. No read table: a row is made, changed and removed by the sweep; one that was raised since, or is not due any more,
-- is removed when it is seen.
CREATE TABLE caseflow.parked_rungs (
    log_id      text COLLATE "C" NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    clock       text COLLATE "C" NOT NULL,
    ordinal     integer     NOT NULL,
    rung        text COLLATE "C" NOT NULL,      -- '' for a lapse
    due_at      timestamptz NOT NULL,
    reason      text        NOT NULL,
    tries       integer     NOT NULL,
    parked_at   timestamptz NOT NULL,           -- first
    next_try    timestamptz NOT NULL,
    CONSTRAINT parked_rungs_pk PRIMARY KEY (log_id, stream, clock, ordinal)
);
