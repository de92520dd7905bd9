-- Read table of the projection `case-clocks`: what is to be done now in cases of the catalogue, and by whom; laid out anew
-- with every event of a case. The queues of `caseflowd queue` read it in the order of its indexes. `clock`, `due_on` and
-- `due_at` follow from the rows of `case_clocks` by one rule, at an event as at an amendment of a calendar: of the running
-- clocks of the whole case and of what the task watches, the one that ends first.
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
    watched     text COLLATE "C" NOT NULL,      -- the stage or material whose own clock is the task's; '' for none
    clock       text COLLATE "C" NOT NULL,      -- the running clock that ends first; '' for none
    due_on      date        NOT NULL,           -- its last day, local; 'infinity' for none
    due_at      timestamptz NOT NULL,           -- its last moment, of a limit in minutes of service; 'infinity': the whole day
    is_waiting  boolean     NOT NULL,           -- for the citizen, the county's answer, or the end of a suspension
    CONSTRAINT case_tasks_pk PRIMARY KEY (generation, stream, task, assignee)
);
-- Least time left first; within a day what is due at a moment, and then what has the whole day.
-- What is nobody's own: an officer's queue and a unit's.
CREATE INDEX case_tasks_unit ON caseflow.case_tasks
    (generation, unit, role, is_waiting, due_on, due_at, case_number, stream, task) WHERE assignee = '';
-- What is somebody's, by place: a unit's queue.
CREATE INDEX case_tasks_unit_assigned ON caseflow.case_tasks
    (generation, unit, role, is_waiting, due_on, due_at, case_number, stream, task, assignee) WHERE assignee <> '';
-- A calendar's amendment goes through the cases by their numbers.
CREATE INDEX case_tasks_number ON caseflow.case_tasks (generation, case_number);
-- An officer's own.
CREATE INDEX case_tasks_assignee ON caseflow.case_tasks
    (generation, assignee, is_waiting, due_on, due_at, case_number, stream, task) WHERE assignee <> '';
