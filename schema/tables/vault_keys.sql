-- The keys of the subjects of personal data, each wrapped under the log's master key (AES-256-GCM). A row is removed when
-- its subject is erased: then nobody opens the subject's boxes in the events any more.
-- `blind_index` is HMAC-SHA256 of the identity number or credit code under a key made from the master key; null for a
-- subject without one. `box` is the latest data, sealed under the subject's own key. Nothing here is readable without
-- the master key, and nothing here is part of the log: the application changes and removes rows.
CREATE TABLE caseflow.vault_keys (
    log_id        text COLLATE "C" NOT NULL,
    subject       text COLLATE "C" NOT NULL,
    master_key_id text COLLATE "C" NOT NULL,
    wrapped_key   bytea       NOT NULL,
    blind_index   bytea,
    box           text COLLATE "C" NOT NULL,
    created_at    timestamptz NOT NULL,
    used_at       timestamptz NOT NULL,         -- last registered, to within an hour
    CONSTRAINT vault_keys_pk PRIMARY KEY (log_id, subject),
    CONSTRAINT vault_keys_index UNIQUE (log_id, blind_index),
    CONSTRAINT vault_keys_subject CHECK (subject ~ '^[0-9a-f]{32}$'),
    CONSTRAINT vault_keys_wrapped_key_whole CHECK (octet_length(wrapped_key) = 61),
    CONSTRAINT vault_keys_index_whole CHECK (octet_length(blind_index) = 32)
) WITH (fillfactor = 80);
