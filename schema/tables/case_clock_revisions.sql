-- What the projection `case-clocks` has still to do, and has done, because a calendar changed: one row for each state of
-- a calendar that became known after the first event of the log. Open clocks are gone through by case number, a portion
-- in each transaction; `cursor` is the last number that was done. Where there are many, they are gone through in several
-- parts at once, each with a row; those behind part 0 are removed when they are done.
CREATE TABLE caseflow.case_clock_revisions (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    calendar    text COLLATE "C" NOT NULL,
    known_since timestamptz NOT NULL,           -- from this moment on the calendar was known so
    part        integer     NOT NULL,           -- from 0, by case number
    position    bigint      NOT NULL,           -- of the confirmation or adoption; 0 for a calendar that came with the program
    cursor      text COLLATE "C" NOT NULL,
    through     text COLLATE "C",               -- the last number of the part; null for the end
    is_done     boolean     NOT NULL,
    CONSTRAINT case_clock_revisions_pk PRIMARY KEY (log_id, generation, calendar, known_since, part)
);
