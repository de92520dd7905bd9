-- The text that is hashed for an event, recomputable from the row by anyone: ten lines, each ended by a newline.
-- `previous_leaf` is the leaf of the stream's event before, empty for its first.
CREATE OR REPLACE FUNCTION caseflow.event_entry(
    stream text, version bigint, type text, effective_at timestamptz, recorded_at timestamptz,
    actor text, previous_leaf bytea, data json, metadata json
) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT concat_ws(E'\n',
        'caseflow-event/v1', stream, version, type,
        to_char(effective_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        actor,
        encode(coalesce(previous_leaf, ''), 'base64'),
        encode(sha256(convert_to(data::text, 'UTF8')), 'base64'),
        encode(sha256(convert_to(metadata::text, 'UTF8')), 'base64')) || E'\n'
$$;
