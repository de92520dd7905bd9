-- Which version this database stands at. Written by `caseflowd migrate` alone, under a lock.
CREATE TABLE caseflow.schema_migrations (
    version    integer     NOT NULL,
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL,
    applied_by text        NOT NULL,
    CONSTRAINT schema_migrations_pk PRIMARY KEY (version)
);
