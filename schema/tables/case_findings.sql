-- Read table of the projection `inspection`: what inspection finds, with its evidence. Written anew where a case has
-- changed. `since_on` is the day from which on it is so; of a case that is still open it may lie ahead, and a question
-- about a day leaves out what is not yet so. Days are local dates of the centre.
CREATE TABLE caseflow.case_findings (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,      -- the case's; of a batch of entries the officer's
    rule        text COLLATE "C" NOT NULL,
    position    bigint      NOT NULL,           -- the event that it is known by
    heading     text COLLATE "C" NOT NULL,
    since_on    date        NOT NULL,
    case_number text COLLATE "C" NOT NULL,      -- '' of a batch of entries, which is of many cases
    item        text COLLATE "C" NOT NULL,
    unit        text COLLATE "C" NOT NULL,      -- whose it is; '' where the record does not say
    officer     text COLLATE "C" NOT NULL,
    acting_for  text COLLATE "C" NOT NULL,      -- the A of the post, where a B acted
    positions   json        NOT NULL,           -- of all its events
    basis_en    text        NOT NULL,           -- the article or rule
    basis_zh    text        NOT NULL,
    reason_en   text        NOT NULL,
    reason_zh   text        NOT NULL,
    CONSTRAINT case_findings_pk PRIMARY KEY (log_id, generation, stream, rule, position),
    CONSTRAINT case_findings_heading CHECK (heading IN ('inaction', 'slow', 'arbitrary'))
);
-- The pages of `findings`, latest first: one index for each filter, in the order of the rows.
CREATE INDEX case_findings_day ON caseflow.case_findings (log_id, generation, since_on, stream, rule, position);
CREATE INDEX case_findings_by_heading ON caseflow.case_findings
    (log_id, generation, heading, since_on, stream, rule, position);
CREATE INDEX case_findings_by_rule ON caseflow.case_findings (log_id, generation, rule, since_on, stream, position);
CREATE INDEX case_findings_by_unit ON caseflow.case_findings
    (log_id, generation, unit, since_on, stream, rule, position);
CREATE INDEX case_findings_by_officer ON caseflow.case_findings
    (log_id, generation, officer, since_on, stream, rule, position);
CREATE INDEX case_findings_by_absent ON caseflow.case_findings
    (log_id, generation, acting_for, since_on, stream, rule, position) WHERE acting_for <> '';
CREATE INDEX case_findings_by_item ON caseflow.case_findings
    (log_id, generation, item, since_on, stream, rule, position);
