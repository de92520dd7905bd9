-- Read table of the projection `case-clocks`: the cards of cases, one for each start of each clock, as they stand now. What
-- a card was raised on is in `data`, the members of its highest rung's event. Texts that nobody said are '', not null.
CREATE TABLE caseflow.case_cards (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    clock       text COLLATE "C" NOT NULL,
    ordinal     integer     NOT NULL,
    case_number text COLLATE "C" NOT NULL,
    item        text COLLATE "C" NOT NULL,
    rung        text COLLATE "C" NOT NULL,      -- the highest that was raised
    level       integer     NOT NULL,           -- its place in the ladder, from 1
    rungs       text[]      NOT NULL,           -- all that were raised, in the order in which they were
    opened_at   timestamptz NOT NULL,           -- when the first was due
    due_at      timestamptz NOT NULL,           -- when the highest was due
    raised_at   timestamptz NOT NULL,           -- when it was raised
    position    bigint      NOT NULL,           -- of its event
    unit        text COLLATE "C" NOT NULL,      -- with whom the case lay
    officer     text COLLATE "C" NOT NULL,
    told        text COLLATE "C" NOT NULL,      -- to whom it is told: holder, director, …
    answer_by   date        NOT NULL,           -- 'infinity' where no answer is asked for
    answered_at timestamptz,
    answered_by text COLLATE "C" NOT NULL,
    answer_cause text COLLATE "C" NOT NULL,
    answer      text        NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text COLLATE "C" NOT NULL,
    withdrawal  text        NOT NULL,           -- the reason
    is_open     boolean     NOT NULL,           -- its highest rung waits for an answer
    data        json        NOT NULL,
    CONSTRAINT case_cards_pk PRIMARY KEY (generation, stream, clock, ordinal)
);
-- The pages of `cards`, latest first, whole or by one filter.
CREATE INDEX case_cards_due ON caseflow.case_cards (generation, due_at, stream, clock, ordinal);
CREATE INDEX case_cards_open ON caseflow.case_cards (generation, due_at, stream, clock, ordinal) WHERE is_open;
CREATE INDEX case_cards_rung ON caseflow.case_cards (generation, rung, due_at, stream, clock, ordinal);
CREATE INDEX case_cards_unit ON caseflow.case_cards (generation, unit, due_at, stream, clock, ordinal);
CREATE INDEX case_cards_officer ON caseflow.case_cards (generation, officer, due_at, stream, clock, ordinal);
