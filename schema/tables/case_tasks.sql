-- Read table of the projection `case-clocks`: what is to be done now in cases of the catalogue, and by whom; laid out anew
-- with every event of a case. The queues of `caseflowd queue` read it in the order of its indexes.
CREATE TABLE caseflow.case_tasks (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    task        text COLLATE "C" NOT NULL,      -- the stage, or `accept`, `seal`, `issue`, `deliver`, …
    assignee    text COLLATE "C" NOT NULL,      -- an officer's code; '' for whoever stands in the unit and the role
    case_number text COLLATE "C" NOT NULL,
    item        text COLLATE "C" NOT NULL,
    act         text COLLATE "C" NOT NULL,      -- the command that does it
    unit        text COLLATE "C" NOT NULL,
    role        text COLLATE "C" NOT NULL,
    since       timestamptz NOT NULL,
    clock       text COLLATE "C" NOT NULL,      -- the running clock that ends first; '' for none
    due_on      date        NOT NULL,           -- its last day, local; 'infinity' for none
    is_waiting  boolean     NOT NULL,           -- for the citizen, the county's answer, or the end of a suspension
    CONSTRAINT case_tasks_pk PRIMARY KEY (generation, stream, task, assignee)
);
-- A unit's queue: what is nobody's own, least time left first.
CREATE INDEX case_tasks_unit ON caseflow.case_tasks
    (generation, unit, role, is_waiting, due_on, case_number, stream, task) WHERE assignee = '';
-- A calendar's amendment goes through the cases by their numbers.
CREATE INDEX case_tasks_number ON caseflow.case_tasks (generation, case_number);
-- An officer's own.
CREATE INDEX case_tasks_assignee ON caseflow.case_tasks
    (generation, assignee, is_waiting, due_on, case_number, stream, task) WHERE assignee <> '';
