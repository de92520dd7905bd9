-- The head of every stream: its version, the leaf of its last event, and when that was recorded.
CREATE TABLE caseflow.streams (
    log_id      text COLLATE "C" NOT NULL,
    stream      text COLLATE "C" NOT NULL,
    version     bigint      NOT NULL,
    head_leaf   bytea       NOT NULL,
    recorded_at timestamptz NOT NULL,
    CONSTRAINT streams_pk PRIMARY KEY (log_id, stream),
    CONSTRAINT streams_version_from_one CHECK (version >= 1),
    CONSTRAINT streams_head_leaf_whole CHECK (octet_length(head_leaf) = 32)
) WITH (fillfactor = 80);
