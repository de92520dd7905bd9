-- The entrance of imports: caseflow.append_events with the rights of the schema's owner, for members of the role
-- caseflow_import. Every actor must bear the mark of an import, `import:`; one without it is refused with ZC005.
CREATE OR REPLACE FUNCTION caseflow.append_import(
    p_log text, p_careful boolean,
    p_request uuid[], p_request_events integer[],
    p_new_stream text[], p_new_version bigint[], p_new_leaf bytea[], p_new_recorded timestamptz[],
    p_old_stream text[], p_old_prior bigint[], p_old_prior_leaf bytea[], p_old_first_recorded timestamptz[],
    p_old_version bigint[], p_old_leaf bytea[], p_old_recorded timestamptz[],
    p_event_request integer[], p_event_stream text[], p_event_version bigint[], p_event_type text[],
    p_event_effective timestamptz[], p_event_recorded timestamptz[], p_event_actor text[],
    p_event_data json[], p_event_metadata json[], p_event_leaf bytea[],
    OUT head bigint, OUT status integer[], OUT duplicate_position bigint[],
    OUT stale_stream text[], OUT stale_version bigint[], OUT stale_leaf bytea[], OUT stale_recorded timestamptz[]
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = caseflow, pg_temp SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
    SELECT r.head, r.status, r.duplicate_position, r.stale_stream, r.stale_version, r.stale_leaf, r.stale_recorded
      INTO head, status, duplicate_position, stale_stream, stale_version, stale_leaf, stale_recorded
      FROM caseflow.append_events(
        p_log, true, p_careful, p_request, p_request_events,
        p_new_stream, p_new_version, p_new_leaf, p_new_recorded,
        p_old_stream, p_old_prior, p_old_prior_leaf, p_old_first_recorded, p_old_version, p_old_leaf, p_old_recorded,
        p_event_request, p_event_stream, p_event_version, p_event_type,
        p_event_effective, p_event_recorded, p_event_actor, p_event_data, p_event_metadata, p_event_leaf) r;
END
$$;
