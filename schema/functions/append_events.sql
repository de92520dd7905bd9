-- The only writer of the log: stores one batch of requests, each whole or not at all, and says what became of each.
--
-- A batch holds requests in order; each request holds events in order, on one stream or several. The caller has
-- already turned every expectation (any, noStream, exists, exact) into the version at which the stream must stand,
-- because it hashes the events on top of that version's leaf. Here that version *and leaf* are checked against the
-- stream under the lock of the log's head row; a request that does not fit is refused and told where the stream
-- stands, and harms no other request of the batch.
--
--   p_imported    whether this is the entrance of imports: exactly then every actor begins with `import:`
--   p_careful     look first whether a request was stored before or a new stream exists. Without it the primary keys
--                 find out: the whole batch fails with 23505, and nothing of it is stored
--   p_request*    id of each request and how many events it has
--   p_new_*       each stream that the batch begins, once: where it will stand (version, leaf, time of recording)
--   p_old_*       each stream that the batch goes on with, once: the version and leaf it must stand at, when its
--                 first event of the batch is recorded, and where it will stand
--   p_event_*     the events; p_event_request is the 1-based index into p_request
--
-- Returns the head before the batch; the accepted events follow it in the order given, without a gap.
--   status                  null when all were accepted, else per request 0 accepted, 1 duplicate, 2 refused
--   duplicate_position      per request, the position of its first event when it was stored before
--   stale_*                 where the streams stand that did not fit (version 0 and an empty leaf: there is none)
--
-- Errors: ZC001 the caller's clock is more than five seconds off; ZC003 no such log; ZC004 the arrays disagree;
-- ZC005 an actor has come in by the wrong entrance.
CREATE OR REPLACE FUNCTION caseflow.append_events(
    p_log text, p_imported boolean, p_careful boolean,
    p_request uuid[], p_request_events integer[],
    p_new_stream text[], p_new_version bigint[], p_new_leaf bytea[], p_new_recorded timestamptz[],
    p_old_stream text[], p_old_prior bigint[], p_old_prior_leaf bytea[], p_old_first_recorded timestamptz[],
    p_old_version bigint[], p_old_leaf bytea[], p_old_recorded timestamptz[],
    p_event_request integer[], p_event_stream text[], p_event_version bigint[], p_event_type text[],
    p_event_effective timestamptz[], p_event_recorded timestamptz[], p_event_actor text[],
    p_event_data json[], p_event_metadata json[], p_event_leaf bytea[],
    OUT head bigint, OUT status integer[], OUT duplicate_position bigint[],
    OUT stale_stream text[], OUT stale_version bigint[], OUT stale_leaf bytea[], OUT stale_recorded timestamptz[]
) LANGUAGE plpgsql
-- The right plan is always the whole key's index, whatever the statistics say: they are those of an empty table when a
-- session plans its first append, and the plan is kept. Hence the settings; hence also no `= ANY (array)` here, which
-- on a table thought empty becomes a filter over the log's whole index, and LATERAL ... LIMIT 1 where an inner join
-- could be turned round.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_now     timestamptz;
    v_low     timestamptz;
    v_high    timestamptz;
    v_events  bigint := cardinality(p_event_leaf);
    v_clean   boolean;
    v_complete boolean;
    v_wrong_door boolean;
    v_tainted text[];
    v_row     record;
BEGIN
    -- Few statements: each costs as much as storing an event.
    SELECT min(r.at), max(r.at), bool_or(starts_with(r.actor, 'import:') <> p_imported),
           v_events = (SELECT sum(n) FROM unnest(p_request_events) n)
      INTO v_low, v_high, v_wrong_door, v_complete
      FROM unnest(p_event_recorded, p_event_actor) AS r(at, actor);
    IF v_wrong_door THEN
        RAISE EXCEPTION 'actors that begin with import: are for imports, and for them alone' USING ERRCODE = 'ZC005';
    END IF;
    IF v_complete IS NOT TRUE OR cardinality(p_request) <> cardinality(p_request_events) THEN
        RAISE EXCEPTION 'the requests do not have the events that are given' USING ERRCODE = 'ZC004';
    END IF;

    SELECT h.position INTO head FROM caseflow.logs h WHERE h.log_id = p_log FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no log %', quote_literal(p_log) USING ERRCODE = 'ZC003';
    END IF;
    v_now := clock_timestamp();
    IF v_low < v_now - interval '5 seconds' OR v_high > v_now + interval '5 seconds' THEN
        RAISE EXCEPTION 'recorded times from % to % are refused: this server''s clock says %', v_low, v_high, v_now
            USING ERRCODE = 'ZC001', HINT = 'Set the clock of the machine that writes (NTP).';
    END IF;

    v_clean := (NOT p_careful OR NOT EXISTS (
            SELECT FROM unnest(p_request) AS u(request)
             CROSS JOIN LATERAL (SELECT FROM caseflow.requests r
                                  WHERE r.log_id = p_log AND r.request_id = u.request LIMIT 1) AS r)
        AND NOT EXISTS (
            SELECT FROM unnest(p_new_stream) AS u(stream)
             CROSS JOIN LATERAL (SELECT FROM caseflow.streams s
                                  WHERE s.log_id = p_log AND s.stream = u.stream LIMIT 1) AS s))
        AND NOT EXISTS (
            SELECT FROM unnest(p_old_stream, p_old_prior, p_old_prior_leaf, p_old_first_recorded)
                        AS u(stream, prior, prior_leaf, first_recorded)
              LEFT JOIN caseflow.streams s ON s.log_id = p_log AND s.stream = u.stream
             WHERE s.version IS DISTINCT FROM u.prior OR s.head_leaf <> u.prior_leaf
                OR s.recorded_at > u.first_recorded);

    IF v_clean THEN
        WITH stored AS (
            INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor,
                                         data, metadata, leaf)
            SELECT h.log_id, h.position + u.ord, u.stream, u.version, u.type, u.effective_at, u.recorded_at, u.actor,
                   u.data, u.metadata, u.leaf
              FROM caseflow.logs h
             CROSS JOIN unnest(p_event_stream, p_event_version, p_event_type, p_event_effective, p_event_recorded,
                               p_event_actor, p_event_data, p_event_metadata, p_event_leaf)
                   WITH ORDINALITY AS u(stream, version, type, effective_at, recorded_at, actor, data, metadata, leaf,
                                        ord)
             WHERE h.log_id = p_log
        ), asked AS (
            INSERT INTO caseflow.requests (log_id, request_id, first_position, events)
            SELECT h.log_id, u.request, h.position + 1 + sum(u.events) OVER (ORDER BY u.ord) - u.events, u.events
              FROM caseflow.logs h
             CROSS JOIN unnest(p_request, p_request_events) WITH ORDINALITY AS u(request, events, ord)
             WHERE h.log_id = p_log
        ), begun AS (
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT h.log_id, u.stream, u.version, u.leaf, u.recorded_at
              FROM caseflow.logs h
             CROSS JOIN unnest(p_new_stream, p_new_version, p_new_leaf, p_new_recorded)
                   AS u(stream, version, leaf, recorded_at)
             WHERE h.log_id = p_log
        ), continued AS (
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT h.log_id, u.stream, u.version, u.leaf, u.recorded_at
              FROM caseflow.logs h
             CROSS JOIN unnest(p_old_stream, p_old_version, p_old_leaf, p_old_recorded)
                   AS u(stream, version, leaf, recorded_at)
             WHERE h.log_id = p_log
            ON CONFLICT (log_id, stream) DO UPDATE
               SET version = excluded.version, head_leaf = excluded.head_leaf, recorded_at = excluded.recorded_at
        ), journal AS (
            INSERT INTO caseflow.batches (log_id, first_position, leaves)
            SELECT h.log_id, h.position + 1, u.leaves FROM caseflow.logs h
             CROSS JOIN (SELECT string_agg(l, ''::bytea) AS leaves FROM unnest(p_event_leaf) l) AS u
             WHERE h.log_id = p_log
        )
        UPDATE caseflow.logs SET position = head + v_events WHERE log_id = p_log;
        RETURN;
    END IF;

    -- Something does not fit: find out what, request by request. One that is refused or was stored before spoils the
    -- streams it touches for the requests after it, which were hashed on top of it.
    SELECT array_agg(u.stream), array_agg(coalesce(s.version, 0)), array_agg(coalesce(s.head_leaf, '')),
           array_agg(s.recorded_at)
      INTO stale_stream, stale_version, stale_leaf, stale_recorded
      FROM (SELECT n.stream, 0 AS prior, ''::bytea AS prior_leaf, NULL::timestamptz AS first_recorded
              FROM unnest(p_new_stream) AS n(stream)
             UNION ALL
            SELECT o.stream, o.prior, o.prior_leaf, o.first_recorded
              FROM unnest(p_old_stream, p_old_prior, p_old_prior_leaf, p_old_first_recorded)
                   AS o(stream, prior, prior_leaf, first_recorded)) u
      LEFT JOIN caseflow.streams s ON s.log_id = p_log AND s.stream = u.stream
     WHERE coalesce(s.version, 0) <> u.prior
        OR coalesce(s.head_leaf, '') <> u.prior_leaf
        OR s.recorded_at > u.first_recorded;
    SELECT array_agg(CASE WHEN r.request_id IS NULL THEN 0 ELSE 1 END ORDER BY u.ord),
           array_agg(r.first_position ORDER BY u.ord)
      INTO status, duplicate_position
      FROM unnest(p_request) WITH ORDINALITY AS u(request, ord)
      LEFT JOIN caseflow.requests r ON r.log_id = p_log AND r.request_id = u.request;
    v_tainted := coalesce(stale_stream, '{}');
    FOR v_row IN
        SELECT u.request, array_agg(DISTINCT u.stream) AS streams
          FROM unnest(p_event_request, p_event_stream) AS u(request, stream)
         GROUP BY u.request ORDER BY u.request
    LOOP
        IF status[v_row.request] = 0 AND v_row.streams && v_tainted THEN
            status[v_row.request] := 2;
        END IF;
        IF status[v_row.request] <> 0 THEN
            v_tainted := v_tainted || v_row.streams;
        END IF;
    END LOOP;

    INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor,
                                 data, metadata, leaf)
    SELECT h.log_id, h.position + row_number() OVER (ORDER BY u.ord), u.stream, u.version, u.type, u.effective_at,
           u.recorded_at, u.actor, u.data, u.metadata, u.leaf
      FROM caseflow.logs h
     CROSS JOIN unnest(p_event_stream, p_event_version, p_event_type, p_event_effective, p_event_recorded,
                       p_event_actor, p_event_data, p_event_metadata, p_event_leaf, p_event_request)
           WITH ORDINALITY AS u(stream, version, type, effective_at, recorded_at, actor, data, metadata, leaf,
                                request, ord)
     WHERE h.log_id = p_log AND status[u.request] = 0;
    GET DIAGNOSTICS v_events = ROW_COUNT;
    IF v_events = 0 THEN
        RETURN;
    END IF;
    INSERT INTO caseflow.requests (log_id, request_id, first_position, events)
    SELECT h.log_id, u.request, h.position + 1 + sum(u.events) OVER (ORDER BY u.ord) - u.events, u.events
      FROM caseflow.logs h
     CROSS JOIN unnest(p_request, p_request_events, status) WITH ORDINALITY AS u(request, events, status, ord)
     WHERE h.log_id = p_log AND u.status = 0;
    INSERT INTO caseflow.streams AS s (log_id, stream, version, head_leaf, recorded_at)
    SELECT DISTINCT ON (h.log_id, e.stream) h.log_id, e.stream, e.version, e.leaf, e.recorded_at
      FROM caseflow.logs h JOIN caseflow.events e
        ON e.log_id = h.log_id AND e.position BETWEEN h.position + 1 AND h.position + v_events
     WHERE h.log_id = p_log
     ORDER BY h.log_id, e.stream, e.version DESC
    ON CONFLICT (log_id, stream) DO UPDATE
       SET version = excluded.version, head_leaf = excluded.head_leaf, recorded_at = excluded.recorded_at;
    INSERT INTO caseflow.batches (log_id, first_position, leaves)
    SELECT h.log_id, h.position + 1, string_agg(e.leaf, ''::bytea ORDER BY e.position)
      FROM caseflow.logs h JOIN caseflow.events e
        ON e.log_id = h.log_id AND e.position BETWEEN h.position + 1 AND h.position + v_events
     WHERE h.log_id = p_log GROUP BY h.log_id, h.position;
    UPDATE caseflow.logs SET position = head + v_events WHERE log_id = p_log;
END
$$;
