-- How far the projection `inspection` has gone through the open cases after a calendar has changed; one row for each
-- generation in which one has. A further change begins again.
CREATE TABLE caseflow.inspection_revisions (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    position    bigint      NOT NULL,           -- of the calendar's last event
    cursor      text COLLATE "C" NOT NULL,      -- the last case's stream that was gone through; '' before the first
    is_done     boolean     NOT NULL,
    CONSTRAINT inspection_revisions_pk PRIMARY KEY (log_id, generation)
);
