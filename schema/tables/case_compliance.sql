-- Read table of the projection `case-compliance`: one row a case that has a deadline or could get one: is it in time?
-- Dates are the local dates of the centre, as its officers would say them; instants stand beside them.
CREATE TABLE caseflow.case_compliance (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    case_number text COLLATE "C" NOT NULL,
    received_at timestamptz NOT NULL,
    received_on date        NOT NULL,
    deadline_at timestamptz,
    deadline_on date,
    closed_at   timestamptz,                    -- null while the case is open
    closed_on   date,
    last_step_at timestamptz,
    responsible text,
    department  text,
    channel     text,
    attributes  json        NOT NULL,           -- the other plain attributes of the case, for grouping
    CONSTRAINT case_compliance_pk PRIMARY KEY (log_id, generation, stream)
);
CREATE INDEX case_compliance_deadline ON caseflow.case_compliance (log_id, generation, deadline_on, stream)
    WHERE deadline_on IS NOT NULL;
