-- Which requests were stored, and where their events begin: what makes an append safe to repeat. A table of its own,
-- not an index on events, so that asking for a request has one possible plan, whatever the statistics say.
CREATE TABLE caseflow.requests (
    log_id         text COLLATE "C" NOT NULL,
    request_id     uuid    NOT NULL,
    first_position bigint  NOT NULL,
    events         integer NOT NULL,
    CONSTRAINT requests_pk PRIMARY KEY (log_id, request_id)
);
