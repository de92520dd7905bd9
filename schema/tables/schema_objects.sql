-- SHA-256 of each repeatable object (function, view, grant) as last applied, so that `migrate` redoes only what changed.
CREATE TABLE caseflow.schema_objects (
    name       text        NOT NULL,
    digest     text        NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT schema_objects_pk PRIMARY KEY (name)
);
