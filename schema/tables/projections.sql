-- One row for each generation of a projection of a log. Readers see the one that is `live`; a rebuild fills a
-- `building` one beside it and the two change places in one statement pair of one transaction.
-- `checkpoint` moves by compare-and-set in the transaction that writes the rows, so a zombie cannot write.
-- delivered + parked = checkpoint always: nothing is skipped in silence.
CREATE TABLE caseflow.projections (
    log_id      text COLLATE "C" NOT NULL,
    name        text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    code_version integer    NOT NULL,           -- version of the code that folds it; a newer code rebuilds
    state       text        NOT NULL,
    checkpoint  bigint      NOT NULL DEFAULT 0, -- last position taken in
    delivered   bigint      NOT NULL DEFAULT 0, -- events folded
    parked      bigint      NOT NULL DEFAULT 0, -- events set aside with their stream
    updated_at  timestamptz NOT NULL,
    CONSTRAINT projections_pk PRIMARY KEY (log_id, name, generation),
    CONSTRAINT projections_state CHECK (state IN ('building', 'live', 'retired')),
    CONSTRAINT projections_complete CHECK (delivered + parked = checkpoint)
);
CREATE UNIQUE INDEX projections_live ON caseflow.projections (log_id, name) WHERE state = 'live';
