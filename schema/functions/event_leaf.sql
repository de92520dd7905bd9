-- RFC 6962 leaf hash of an entry: SHA-256(0x00 || entry).
CREATE OR REPLACE FUNCTION caseflow.event_leaf(entry text) RETURNS bytea
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT sha256('\x00'::bytea || convert_to(entry, 'UTF8'))
$$;
