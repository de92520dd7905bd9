-- The head of every stream: its version, the leaf of its last event, and when that was recorded.
CREATE TABLE caseflow.streams (
    log_id      text COLLATE "C" NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    version     bigint      NOT NULL,
    head_leaf   bytea       NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT streams_pk PRIMARY KEY (log_id, stream)
) WITH (fillfactor = 80);
