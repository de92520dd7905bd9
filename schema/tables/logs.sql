-- One row a log (one log a county). `position` is the head: the position of the last event, 0 when empty.
-- Every append locks this row first and keeps it until commit, so positions are gap-free and in commit order.
CREATE TABLE caseflow.logs (
    log_id     text COLLATE "C" NOT NULL,
    origin     text        NOT NULL,            -- name under which checkpoints of this log are signed
    time_zone  text        NOT NULL,            -- IANA name; "today" for questions about this log
    position   bigint      NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    clock      text        NOT NULL DEFAULT 'real', -- whose time its events bear; set at its creation, never changed
    CONSTRAINT logs_pk PRIMARY KEY (log_id),
    CONSTRAINT logs_clock_known CHECK (clock IN ('real', 'simulated')),
    CONSTRAINT logs_position_not_negative CHECK (position >= 0)
) WITH (fillfactor = 10);                       -- the one hot row: room for HOT updates within its page
