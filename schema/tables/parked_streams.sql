-- Streams that a projection could not fold: from `position` on their events wait, in order, until `projection retry`.
CREATE TABLE caseflow.parked_streams (
    log_id     text COLLATE "C" NOT NULL,
    name       text COLLATE "C" NOT NULL,
    generation integer     NOT NULL,
    stream     text COLLATE "C" NOT NULL,
    position   bigint      NOT NULL,            -- the event that could not be folded
    events     bigint      NOT NULL,            -- how many of the stream wait, this one included
    reason     text        NOT NULL,
    parked_at  timestamptz NOT NULL,
    CONSTRAINT parked_streams_pk PRIMARY KEY (log_id, name, generation, stream)
);
