-- Read table of the projection `inspection`: the working days of each case of ours, split by who had it. Written anew
-- where a case has changed. The row of who has it now is open: its days are those after `from_on` through the day asked
-- about, so that a calendar that changes moves them without a write.
CREATE TABLE caseflow.case_holder_days (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    ordinal     integer     NOT NULL,           -- in the order of the days, from 1
    case_number text COLLATE "C" NOT NULL,
    item        text COLLATE "C" NOT NULL,
    kind        text COLLATE "C" NOT NULL,      -- citizen, window, reviewer, …
    unit        text COLLATE "C" NOT NULL,      -- '' for citizen and suspended, and where the record does not say
    officer     text COLLATE "C" NOT NULL,
    acting_for  text COLLATE "C" NOT NULL,
    from_on     date        NOT NULL,           -- the first day counted; of an open row the last that is not
    through_on  date,                           -- the last day counted; null of an open row
    days        integer     NOT NULL,           -- 0 of an open row
    calendar    text COLLATE "C" NOT NULL,      -- by which they are counted; '' for calendar days
    begun_by    bigint      NOT NULL,           -- the position of the event with which the holder got it
    ended_by    bigint,
    CONSTRAINT case_holder_days_pk PRIMARY KEY (log_id, generation, stream, ordinal),
    CONSTRAINT case_holder_days_open CHECK (through_on IS NOT NULL OR days = 0)
);
-- The pages of `holder-days`, case by case.
CREATE INDEX case_holder_days_unit ON caseflow.case_holder_days
    (log_id, generation, unit, case_number, stream, ordinal) WHERE unit <> '';
CREATE INDEX case_holder_days_officer ON caseflow.case_holder_days
    (log_id, generation, officer, case_number, stream, ordinal) WHERE officer <> '';
CREATE INDEX case_holder_days_absent ON caseflow.case_holder_days
    (log_id, generation, acting_for, case_number, stream, ordinal) WHERE acting_for <> '';
-- Open cases, which a calendar's amendment goes through.
CREATE INDEX case_holder_days_running ON caseflow.case_holder_days (log_id, generation, stream) WHERE through_on IS NULL;
