-- The log itself. Rows are only ever inserted, and only by caseflow.append.
-- `data` and `metadata` are json, not jsonb: the exact bytes that were hashed are the bytes that are kept.
-- `leaf` = SHA-256(0x00 || caseflow.event_entry(...)): link of the stream's chain and RFC 6962 leaf `position - 1`.
-- `metadata` begins with the id of the request that stored the event, under the hash.
CREATE TABLE caseflow.events (
    log_id       text COLLATE "C" NOT NULL,
    position     bigint      NOT NULL,
    stream       text COLLATE "C" NOT NULL,
    version      bigint      NOT NULL,
    type         text COLLATE "C" NOT NULL,
    effective_at timestamptz NOT NULL,
    recorded_at  timestamptz NOT NULL,
    actor        text COLLATE "C" NOT NULL,
    data         json        NOT NULL,
    metadata     json        NOT NULL,
    leaf         bytea       NOT NULL,
    CONSTRAINT events_pk PRIMARY KEY (log_id, position),
    CONSTRAINT events_stream_version UNIQUE (log_id, stream, version),
    CONSTRAINT events_position_from_one CHECK (position >= 1),
    CONSTRAINT events_version_from_one CHECK (version >= 1),
    -- Each is one line of the hashed entry: a line break would let two different events have one hash.
    CONSTRAINT events_one_line CHECK (strpos(stream || type || actor, E'\n') = 0),
    CONSTRAINT events_named CHECK (stream <> '' AND type <> '' AND actor <> ''),
    CONSTRAINT events_effective_in_years CHECK (effective_at >= '0001-01-01 00:00:00+00'
                                                AND effective_at < '10000-01-01 00:00:00+00'),
    CONSTRAINT events_leaf_whole CHECK (octet_length(leaf) = 32)
);
