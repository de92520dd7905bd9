-- One row a log that keeps personal data: which master key its vault goes by. The key itself is in no table.
-- No part of the log: rows here may be changed, and no hash covers them.
CREATE TABLE caseflow.vaults (
    log_id        text COLLATE "C" NOT NULL,
    master_key_id text COLLATE "C" NOT NULL,    -- a digest by which keys are told apart
    created_at    timestamptz NOT NULL,
    rotated_at    timestamptz,
    CONSTRAINT vaults_pk PRIMARY KEY (log_id)
);
