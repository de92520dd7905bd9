-- Read table of the projection `case-overview`: one row a case, what it is and how far it has come.
CREATE TABLE caseflow.case_overview (
    log_id       text COLLATE "C" NOT NULL,
    generation   integer     NOT NULL,
    stream       text COLLATE "C" NOT NULL,
    case_number  text COLLATE "C" NOT NULL,
    state        text        NOT NULL,
    received_at  timestamptz NOT NULL,
    last_step    text,
    last_step_at timestamptz,
    last_performer text,
    steps        bigint      NOT NULL,
    reopened     integer     NOT NULL,
    version      bigint      NOT NULL,          -- of the stream, as far as this row has taken it in
    CONSTRAINT case_overview_pk PRIMARY KEY (log_id, generation, stream),
    CONSTRAINT case_overview_state CHECK (state IN ('open', 'closed'))
);
CREATE INDEX case_overview_number ON caseflow.case_overview (log_id, generation, case_number);
