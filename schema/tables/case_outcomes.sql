-- Read table of the projection `inspection`: what each case has come to, as it is counted in `outcome_counts`. It is read only
-- to find what a change of the case changes in the counts.
CREATE TABLE caseflow.case_outcomes (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    place       text COLLATE "C" NOT NULL,      -- the unit that received it
    department  text COLLATE "C" NOT NULL,      -- the unit that decided, else that of the stage begun last
    officer     text COLLATE "C" NOT NULL,      -- who decided; '' while nobody has, and where another body did
    item        text COLLATE "C" NOT NULL,
    item_version integer    NOT NULL,           -- 0 for none
    channel     text COLLATE "C" NOT NULL,
    received_on date        NOT NULL,
    decided_on  date,
    is_granted  boolean     NOT NULL,
    in_promise  boolean,                        -- null where there is no promise, or no decision
    in_statute  boolean,
    days        integer,                        -- from acceptance to decision, as the promise or the statute counts them
    paused      integer     NOT NULL,           -- days that pauses kept out of `days`, in the same unit
    visits      integer     NOT NULL,
    rating      text,
    steps       integer     NOT NULL,           -- acts of officers until it was handed out
    hand_overs  integer     NOT NULL,
    cards       text COLLATE "C" NOT NULL,      -- those that stand: `["red","2026-03-16",UNIT,OFFICER,…]`; '' for none
    CONSTRAINT case_outcomes_pk PRIMARY KEY (log_id, generation, stream)
);
