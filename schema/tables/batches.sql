-- What each commit appended: the leaves, 32 bytes each, in the order of their positions. A second, append-only
-- account of the order of the log, against which `log verify` names the exact position of a swapped row.
CREATE TABLE caseflow.batches (
    log_id         text COLLATE "C" NOT NULL,
    first_position bigint NOT NULL,
    leaves         bytea  NOT NULL,
    CONSTRAINT batches_pk PRIMARY KEY (log_id, first_position),
    CONSTRAINT batches_leaves_whole CHECK (octet_length(leaves) > 0 AND octet_length(leaves) % 32 = 0)
);
ALTER TABLE caseflow.batches ALTER COLUMN leaves SET STORAGE EXTERNAL;  -- hashes do not compress
