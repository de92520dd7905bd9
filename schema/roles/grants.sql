-- Who may do what. The application's role reads everything, appends through functions, and writes the read tables of
-- projections; on the log itself it has neither INSERT nor UPDATE nor DELETE nor TRUNCATE.
REVOKE ALL ON SCHEMA caseflow FROM PUBLIC;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA caseflow FROM PUBLIC;
REVOKE ALL ON ALL TABLES IN SCHEMA caseflow FROM PUBLIC, caseflow_app, caseflow_import, caseflow_reader;

GRANT USAGE ON SCHEMA caseflow TO caseflow_app, caseflow_import, caseflow_reader;
GRANT SELECT ON ALL TABLES IN SCHEMA caseflow TO caseflow_app, caseflow_import, caseflow_reader;
GRANT EXECUTE ON FUNCTION caseflow.event_entry, caseflow.event_leaf TO caseflow_app, caseflow_import, caseflow_reader;

GRANT EXECUTE ON FUNCTION caseflow.append, caseflow.create_log TO caseflow_app, caseflow_import;

GRANT INSERT, UPDATE, DELETE ON caseflow.projections, caseflow.parked_streams TO caseflow_app;
GRANT INSERT, UPDATE, DELETE ON caseflow.case_overview, caseflow.case_compliance TO caseflow_app;
GRANT INSERT, UPDATE, DELETE ON caseflow.case_clocks, caseflow.case_clock_revisions, caseflow.case_tasks TO caseflow_app;
GRANT INSERT, UPDATE, DELETE ON caseflow.case_findings, caseflow.case_holder_days TO caseflow_app;
GRANT INSERT, UPDATE, DELETE ON caseflow.case_outcomes, caseflow.outcome_counts TO caseflow_app;
GRANT INSERT, UPDATE, DELETE ON caseflow.case_after_entries, caseflow.inspection_revisions TO caseflow_app;
GRANT INSERT, UPDATE, DELETE ON caseflow.case_rungs, caseflow.case_cards, caseflow.parked_rungs TO caseflow_app;
GRANT INSERT, UPDATE, DELETE ON caseflow.workers, caseflow.outbox_sinks, caseflow.outbox TO caseflow_app;

-- The vault is no part of the log: its rows are changed and removed, that is what erasure means. Readers have no business
-- there, although they could open nothing.
GRANT INSERT, UPDATE, DELETE ON caseflow.vaults, caseflow.vault_keys TO caseflow_app;
REVOKE SELECT ON caseflow.vaults, caseflow.vault_keys FROM caseflow_reader;
