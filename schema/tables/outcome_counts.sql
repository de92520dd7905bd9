-- Read table of the projection `inspection`: how many cases have come to what, in each month, in each year and in all. The
-- pages of `compliance` and `process` read it; it grows with officers, items and months, not with cases. A case that
-- changes takes out what it had added before; a count of 0 has no row, so that a rebuild gives the same rows.
CREATE TABLE caseflow.outcome_counts (
    log_id      text COLLATE "C" NOT NULL,
    generation  integer     NOT NULL,
    dimension   text COLLATE "C" NOT NULL,      -- all, place, department, officer, item, channel, version
    period      text COLLATE "C" NOT NULL,      -- 2026-03, 2026; '' for all there are
    value       text COLLATE "C" NOT NULL,      -- '' for `all`
    measure     text COLLATE "C" NOT NULL,      -- received, decided, promise-kept, days, …
    bucket      integer     NOT NULL,           -- the number of days, visits, …; 0 for a plain count
    n           bigint      NOT NULL,
    CONSTRAINT outcome_counts_pk PRIMARY KEY (log_id, generation, dimension, period, value, measure, bucket)
) WITH (fillfactor = 70);
