-- Notifications of raised rungs that wait to be delivered, one for each sink. A work table: rows are made by the feeder, claimed
-- and changed by each try, and removed when they are delivered. After ten tries in vain a row is dead: it stays until somebody
-- retries it. Who tries a row claims it first: one more try, and the next one as late as its lease ends; nothing is locked
-- while it delivers, and only who made that try says that it was in vain.
CREATE TABLE caseflow.outbox (
    log_id     text COLLATE "C" NOT NULL,
    sink       text COLLATE "C" NOT NULL,       -- `file:/…`, `command:/…`, `https://…`
    position   bigint      NOT NULL,            -- of the event
    key        text COLLATE "C" NOT NULL,       -- the event's id, the same at each try
    body       text        NOT NULL,            -- the event as CloudEvents 1.0, one line of JSON
    tries      integer     NOT NULL,            -- claims: with one that is on its way, or whose worker has died
    next_try   timestamptz NOT NULL,
    is_dead    boolean     NOT NULL,
    error      text        NOT NULL,            -- of the last try; '' before the first
    CONSTRAINT outbox_pk PRIMARY KEY (log_id, sink, position)
);
CREATE INDEX outbox_next ON caseflow.outbox (log_id, sink, next_try, position) WHERE NOT is_dead;
