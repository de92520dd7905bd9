-- Read table of the projection `case-clocks`: what happens next by itself, if nobody does anything. One row for each clock
-- that runs, and for one that stands still or has stopped while a rung that it reached before has not been raised. The
-- sweep of `caseflowd work` reads it in the order of `due_at`, and appends on top of the event that the row is based on: when
-- anything has happened in the case since, the append fails, and the projection brings the row anew.
CREATE TABLE caseflow.case_rungs (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    clock       text COLLATE "C" NOT NULL,
    ordinal     integer     NOT NULL,           -- which start of this clock it is, from 1
    rung        text COLLATE "C" NOT NULL,      -- the next rung of its ladder; '' for a lapse
    lapse       text COLLATE "C" NOT NULL,      -- what the lapse brings about by itself; '' for a rung
    level       integer     NOT NULL,           -- the rung's place in the ladder, from 1; behind all of them for a lapse
    due_at      timestamptz NOT NULL,           -- when: 00:00 local of its day, or a moment of a limit in minutes of service
    not_before  timestamptz NOT NULL,           -- when the clock started; no rung is due before
    raised      text[]      NOT NULL,           -- the rungs that were raised
    version     bigint      NOT NULL,           -- the case's last event that this is based on: where it stands in its stream,
    position    bigint      NOT NULL,           -- in the log,
    head_leaf   bytea       NOT NULL,           -- its hash,
    recorded_at timestamptz NOT NULL,           -- and when it was recorded
    CONSTRAINT case_rungs_pk PRIMARY KEY (generation, stream, clock, ordinal),
    CONSTRAINT case_rungs_one CHECK ((rung = '') <> (lapse = ''))
) WITH (fillfactor = 80);
-- The sweep: what is due first comes first. A row whose due time stays is changed without touching the index.
CREATE INDEX case_rungs_due ON caseflow.case_rungs (generation, due_at, stream, clock, ordinal)
    WITH (deduplicate_items = off);
