-- Read table of the projection `case-clocks`: for each clock of each case the history of what was known of it, and
-- when. A row holds from `known_from` until before `known_to`; nothing of it is overwritten but `known_to`, once, and
-- `known_period` with it. What was known at K: known_from <= K < known_to. Dates are local dates of the centre.
-- Texts that a case does not say are '', not null, so that an index can hold them in the order of the pages.
CREATE TABLE caseflow.case_clocks (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    clock       text COLLATE "C" NOT NULL,      -- name in the rule pack; `imported` for the limit of a source
    ordinal     integer     NOT NULL,           -- which start of this clock it is, from 1
    known_from  timestamptz NOT NULL,
    known_to    timestamptz NOT NULL,           -- 'infinity' for what is known now
    known_period integer    NOT NULL,           -- UTC day of known_to since 1970-01-01; 2147483647 for 'infinity'
    case_number text COLLATE "C" NOT NULL,
    unit        text COLLATE "C" NOT NULL,      -- with whom it lies, or lay when its limit or it ended, where the case is of
    department  text COLLATE "C" NOT NULL,      -- the catalogue; else what its source says
    officer     text COLLATE "C" NOT NULL,      -- likewise; '' while it lies open for whoever stands there
    item        text COLLATE "C" NOT NULL,
    channel     text COLLATE "C" NOT NULL,
    is_default  boolean     NOT NULL,           -- asked about when no clock is named
    rules       text COLLATE "C" NOT NULL,      -- pack and version, `cn-licensing 1`; '' for `imported`
    stage       text,
    started_on  date        NOT NULL,
    limit_amount integer,                       -- extensions included; null for `imported`
    limit_unit  text,
    is_plain    boolean     NOT NULL,           -- in days, no pauses or extensions: the due date follows from start and limit
    due_on      date,                           -- null while it stands still
    due_at      timestamptz,                    -- of a limit in minutes of service the moment on that day; else null
    is_provisional boolean  NOT NULL,
    phase       text        NOT NULL,
    suspended_since date,
    days_left   integer,                        -- of its unit, while it stands still
    yellow_on   date,                           -- first day on which it shows yellow if nothing happens
    stopped_on  date,                           -- for a lapse the first day after the last
    light       text,                           -- of a clock that has stopped; of one that runs it depends on the day
    in_time     integer,                        -- of one that has stopped: days from stop to due date; below 0 if late, also within that day
    is_ahead    boolean     NOT NULL,           -- it stops on a day after the one on which that was recorded
    calendar    text COLLATE "C" NOT NULL,
    calendar_version integer,
    reason      text        NOT NULL,           -- the type of the event, or `calendar amended: …`
    position    bigint      NOT NULL,           -- of the event; 0 for a calendar that came with the program
    holder      text COLLATE "C" NOT NULL,      -- as what it is held: citizen, window, reviewer, …; '' where the record does not say
    held_since  date,                           -- since when
    held_stage  text,                           -- on which stage; null at the window, and with citizen and keeper
    CONSTRAINT case_clocks_pk PRIMARY KEY (generation, stream, clock, ordinal, known_from)
        WITH (deduplicate_items = off, fillfactor = 70),
    CONSTRAINT case_clocks_interval CHECK (known_from < known_to),
    CONSTRAINT case_clocks_period CHECK ((known_to = 'infinity') = (known_period = 2147483647)),
    CONSTRAINT case_clocks_phase CHECK (phase IN ('running', 'suspended', 'stopped', 'lapsed')),
    CONSTRAINT case_clocks_stop CHECK ((stopped_on IS NULL) = (light IS NULL) AND (stopped_on IS NULL) = (in_time IS NULL))
);
-- The pages of `late`: each index begins with what a page fixes and goes on in the order of its rows; docs/decisions/0014.
-- A generation belongs to one log, and a number that begins a key costs far less than the log's name would. Keys are never
-- alike, so looking for duplicates to pack would be in vain. An amendment writes all indexes of open clocks: these keep
-- room, as an index has that grew, for one that was built or restored would be split page by page.
-- Open clocks, most days late first; the filters stand in the index, so that what is passed over costs no row.
CREATE INDEX case_clocks_open ON caseflow.case_clocks
    (generation, due_on, stream, clock, ordinal, unit, department, channel, is_default)
    WITH (deduplicate_items = off, fillfactor = 70) WHERE stopped_on IS NULL AND known_period = 2147483647;
-- What was known of them and is no longer: a day's rows are few, but an amended calendar makes many of them.
CREATE INDEX case_clocks_open_past ON caseflow.case_clocks (generation, known_period, due_on, stream, clock, ordinal)
    WITH (deduplicate_items = off) WHERE stopped_on IS NULL AND known_period < 2147483647;
CREATE INDEX case_clocks_open_officer ON caseflow.case_clocks
    (generation, officer, due_on, stream, clock, ordinal)
    WITH (deduplicate_items = off, fillfactor = 70) WHERE stopped_on IS NULL AND known_period = 2147483647;
CREATE INDEX case_clocks_open_item ON caseflow.case_clocks
    (generation, item, due_on, stream, clock, ordinal)
    WITH (deduplicate_items = off, fillfactor = 70) WHERE stopped_on IS NULL AND known_period = 2147483647;
-- Those that are still green, by the day on which they cease to be.
CREATE INDEX case_clocks_open_green ON caseflow.case_clocks
    (generation, (coalesce(yellow_on, due_on + 1)), stream, clock, ordinal)
    WITH (deduplicate_items = off, fillfactor = 70) WHERE stopped_on IS NULL AND known_period = 2147483647;
-- Open clocks by case: pages in the order of the cases, and a calendar's amendment, which goes through all of them.
CREATE INDEX case_clocks_open_number ON caseflow.case_clocks (generation, case_number, clock, stream, ordinal)
    WITH (deduplicate_items = off, fillfactor = 70) WHERE stopped_on IS NULL AND known_period = 2147483647;
-- Clocks that have stopped: by their light, most days late first; the late ones also by officer, item and due date.
CREATE INDEX case_clocks_stopped ON caseflow.case_clocks
    (generation, known_period, light, in_time, stream, clock, ordinal, unit, department, channel, is_default)
    WITH (deduplicate_items = off) WHERE stopped_on IS NOT NULL;
CREATE INDEX case_clocks_stopped_officer ON caseflow.case_clocks
    (generation, known_period, officer, in_time, stream, clock, ordinal)
    WITH (deduplicate_items = off) WHERE stopped_on IS NOT NULL AND light = 'red';
CREATE INDEX case_clocks_stopped_item ON caseflow.case_clocks
    (generation, known_period, item, in_time, stream, clock, ordinal)
    WITH (deduplicate_items = off) WHERE stopped_on IS NOT NULL AND light = 'red';
CREATE INDEX case_clocks_stopped_due ON caseflow.case_clocks
    (generation, known_period, due_on, stream, clock, ordinal, unit, department, channel)
    WITH (deduplicate_items = off) WHERE stopped_on IS NOT NULL AND light = 'red';
CREATE INDEX case_clocks_stopped_number ON caseflow.case_clocks (generation, case_number, clock, stream, ordinal)
    WITH (deduplicate_items = off) WHERE stopped_on IS NOT NULL AND known_period = 2147483647;
-- For days in the past: what has stopped since; and what stops on a day that lies ahead of its record.
CREATE INDEX case_clocks_stop ON caseflow.case_clocks (generation, known_period, stopped_on)
    WHERE stopped_on IS NOT NULL;
CREATE INDEX case_clocks_ahead ON caseflow.case_clocks (generation, known_period, stopped_on)
    WHERE is_ahead;
