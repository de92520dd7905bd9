-- The only writer of the log: stores one batch of requests, each whole or not at all, and says what became of each.
--
-- A batch holds requests in order; each request holds events in order, on one stream or several. The caller has
-- already turned every expectation (any, noStream, exists, exact) into the version at which the stream must stand,
-- because it hashes the events on top of that version's leaf. Here that version *and leaf* are checked against the
-- stream under the lock of the log's head row; a request that does not fit is refused and told where the stream
-- stands, and harms no other request of the batch.
--
--   p_imported    whether this is an import: then the caller must be a member of caseflow_import, and exactly then every
--                 actor begins with `import:`
--   p_careful     look first whether a request was stored before or a new stream exists. Without it the primary keys
--                 find out: the whole batch fails with 23505, and nothing of it is stored
--   p_request*    id of each request and how many events it has
--   p_event_*     the events of all requests, one after the other
--   p_event_prior_leaf  the leaf at which the stream must stand, for the first event that the batch adds to a stream that
--                 exists (whose version must then be the event's less one); null for every other event
--   p_event_last  whether it is the last event that the batch adds to its stream
--
-- Returns the head before the batch; the accepted events follow it in the order given, without a gap.
--   status                  null when all were accepted, else per request 0 accepted, 1 duplicate, 2 refused
--   duplicate_position      per request, the position of its first event when it was stored before
--   stale_*                 where the streams stand that did not fit (version 0 and an empty leaf: there is none)
--
-- Whatever the caller sends, versions run on without a gap, and a stream's head is its last event. That a leaf is the
-- hash of its event is not checked here (it would cost five times as much as storing): `log verify` does.
--
-- A log that is a simulation takes the times of a session that says it is one (setting caseflow.clock = simulated): no
-- import, and no other session. A log that is none holds every session against this server's clock.
--
-- Errors: 42501 not allowed to import; ZC001 the caller's clock is more than five seconds off; ZC003 no such log;
-- ZC004 the arrays disagree; ZC005 an actor has come in by the wrong entrance; ZC006 the log is a simulation, and the
-- caller is none.
CREATE OR REPLACE FUNCTION caseflow.append(
    p_log text, p_imported boolean, p_careful boolean,
    p_request uuid[], p_request_events integer[],
    p_event_stream text[], p_event_version bigint[], p_event_type text[], p_event_effective timestamptz[],
    p_event_recorded timestamptz[], p_event_actor text[], p_event_data json[], p_event_metadata json[],
    p_event_leaf bytea[], p_event_prior_leaf bytea[], p_event_last boolean[],
    OUT head bigint, OUT status integer[], OUT duplicate_position bigint[],
    OUT stale_stream text[], OUT stale_version bigint[], OUT stale_leaf bytea[], OUT stale_recorded timestamptz[]
) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = caseflow, pg_temp
-- The right plan is always the whole key's index, whatever the statistics say: they are those of an empty table when a
-- session plans its first append, and the plan is kept. Hence the settings; hence also no `= ANY (array)` here, which
-- on a table thought empty becomes a filter over the log's whole index, and LATERAL ... LIMIT 1 instead of joins: an
-- inner one could be turned round, and either kind may keep all streams of the log in a tuple store and filter there.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET enable_bitmapscan = off SET jit = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    v_events   bigint := cardinality(p_event_leaf);
    v_single   boolean := cardinality(p_event_leaf) = 1 AND NOT p_careful;
    v_now      timestamptz;
    v_clock    text;
    v_low      timestamptz;
    v_high     timestamptz;
    v_fits     boolean;
    v_alone    boolean;
    v_goes_on  boolean;
    v_right_door boolean;
    v_clean    boolean;
    v_request_of_event integer[];
    v_tainted  text[];
    v_row      record;
BEGIN
    -- What can be said of the batch alone, before the lock. One event is looked at and stored by short statements: a
    -- statement over arrays costs as much for one as for twenty.
    IF v_single THEN
        v_low := p_event_recorded[1];
        v_high := v_low;
        v_right_door := starts_with(p_event_actor[1], 'import:') = p_imported;
        v_fits := cardinality(p_request) = 1 AND p_request_events[1] = 1 AND cardinality(p_request_events) = 1
            AND p_event_version[1] >= 1 AND (p_event_version[1] = 1) = (p_event_prior_leaf[1] IS NULL)
            AND p_event_last[1]
            -- Nothing beside the one; an array that is too short leaves a null, which no column takes.
            AND cardinality(p_event_stream) + cardinality(p_event_version) + cardinality(p_event_type)
              + cardinality(p_event_effective) + cardinality(p_event_recorded) + cardinality(p_event_actor)
              + cardinality(p_event_data) + cardinality(p_event_metadata) + cardinality(p_event_prior_leaf)
              + cardinality(p_event_last) <= 10;
    ELSE
        SELECT min(e.recorded), max(e.recorded), bool_and(starts_with(e.actor, 'import:') = p_imported),
               count(*) = (SELECT sum(r.n) FROM unnest(p_request_events) r(n) HAVING min(r.n) >= 1)
               AND cardinality(p_request) = cardinality(p_request_events),
               bool_and((e.last AND e.version >= 1 AND (e.version = 1) = (e.prior_leaf IS NULL)) IS TRUE),
               bool_or(e.prior_leaf IS NOT NULL)
          INTO v_low, v_high, v_right_door, v_fits, v_alone, v_goes_on
          FROM unnest(p_event_version, p_event_recorded, p_event_actor, p_event_prior_leaf, p_event_last)
               AS e(version, recorded, actor, prior_leaf, last);
        -- Where every event is the only one of its stream, the keys and the heads leave nothing to be checked: a stream
        -- that came twice would break the one or fail the other.
        IF v_fits AND NOT v_alone THEN
            SELECT bool_and((CASE WHEN e.before IS NULL THEN e.version >= 1 AND (e.version = 1) = (e.prior_leaf IS NULL)
                                  ELSE e.version = e.before + 1 AND e.recorded >= e.recorded_before
                                       AND e.prior_leaf IS NULL
                              END AND e.last = e.is_last) IS TRUE)
              INTO v_fits
              FROM (SELECT u.*, lag(u.version) OVER of_stream AS before,
                           lag(u.recorded) OVER of_stream AS recorded_before,
                           lead(u.version) OVER of_stream IS NULL AS is_last
                      FROM unnest(p_event_stream, p_event_version, p_event_recorded, p_event_prior_leaf, p_event_last)
                           WITH ORDINALITY AS u(stream, version, recorded, prior_leaf, last, ord)
                    WINDOW of_stream AS (PARTITION BY u.stream ORDER BY u.ord)) AS e;
        END IF;
    END IF;
    IF v_fits IS NOT TRUE THEN
        RAISE EXCEPTION 'the arrays of this batch do not fit each other' USING ERRCODE = 'ZC004',
            HINT = 'Every request has its events; versions of a stream run on; its first event names the leaf before it.';
    END IF;
    IF v_right_door IS NOT TRUE THEN
        RAISE EXCEPTION 'actors that begin with import: are for imports, and for them alone' USING ERRCODE = 'ZC005';
    END IF;
    -- The caller is whoever it has SET ROLE to: inside this function current_user is its owner.
    IF p_imported AND NOT pg_has_role(coalesce(nullif(current_setting('role'), 'none'), session_user),
                                      'caseflow_import', 'MEMBER') THEN
        RAISE EXCEPTION 'imports are for members of the role caseflow_import' USING ERRCODE = '42501';
    END IF;

    -- Locks the head, and moves it as if all will be well.
    UPDATE caseflow.logs h SET position = h.position + v_events WHERE h.log_id = p_log
    RETURNING h.position - v_events, h.clock INTO head, v_clock;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no log %', quote_literal(p_log) USING ERRCODE = 'ZC003';
    END IF;
    v_now := clock_timestamp();
    IF v_clock = 'simulated' THEN
        IF p_imported OR current_setting('caseflow.clock', true) IS DISTINCT FROM 'simulated' THEN
            RAISE EXCEPTION 'log % is a simulation', quote_literal(p_log) USING ERRCODE = 'ZC006',
                HINT = 'Nothing real is recorded in it: name another log.';
        END IF;
    ELSIF v_low < v_now - interval '5 seconds' OR v_high > v_now + interval '5 seconds' THEN
        RAISE EXCEPTION 'recorded times from % to % are refused: this server''s clock says %', v_low, v_high, v_now
            USING ERRCODE = 'ZC001', HINT = 'Set the clock of the machine that writes (NTP).';
    END IF;

    IF v_single THEN
        v_clean := p_event_version[1] = 1 OR EXISTS (
            SELECT FROM caseflow.streams s
             WHERE s.log_id = p_log AND s.stream = p_event_stream[1] AND s.version = p_event_version[1] - 1
               AND s.head_leaf = p_event_prior_leaf[1] AND s.recorded_at <= v_low);
    ELSE
        v_clean := (NOT p_careful OR NOT EXISTS (
                SELECT FROM unnest(p_request) AS u(request)
                 CROSS JOIN LATERAL (SELECT FROM caseflow.requests r
                                      WHERE r.log_id = p_log AND r.request_id = u.request LIMIT 1) AS r)
            AND NOT EXISTS (
                SELECT FROM unnest(p_event_stream, p_event_version) AS u(stream, version)
                 CROSS JOIN LATERAL (SELECT FROM caseflow.streams s
                                      WHERE s.log_id = p_log AND s.stream = u.stream LIMIT 1) AS s
                 WHERE u.version = 1))
            AND (NOT v_goes_on OR NOT EXISTS (
                SELECT FROM unnest(p_event_stream, p_event_version, p_event_recorded, p_event_prior_leaf)
                            AS u(stream, version, recorded, prior_leaf)
                  LEFT JOIN LATERAL (SELECT s.version, s.head_leaf, s.recorded_at FROM caseflow.streams s
                                      WHERE s.log_id = p_log AND s.stream = u.stream LIMIT 1) AS s ON true
                 WHERE u.prior_leaf IS NOT NULL
                   AND (s.version IS DISTINCT FROM u.version - 1 OR s.head_leaf <> u.prior_leaf
                        OR s.recorded_at > u.recorded)));
    END IF;

    IF v_clean AND v_single THEN
        INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor,
                                     data, metadata, leaf)
        VALUES (p_log, head + 1, p_event_stream[1], p_event_version[1], p_event_type[1], p_event_effective[1], v_low,
                p_event_actor[1], p_event_data[1], p_event_metadata[1], p_event_leaf[1]);
        INSERT INTO caseflow.requests (log_id, request_id, first_position, events)
        VALUES (p_log, p_request[1], head + 1, 1);
        IF p_event_version[1] = 1 THEN
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            VALUES (p_log, p_event_stream[1], 1, p_event_leaf[1], v_low);
        ELSE
            UPDATE caseflow.streams SET version = p_event_version[1], head_leaf = p_event_leaf[1], recorded_at = v_low
             WHERE log_id = p_log AND stream = p_event_stream[1];
        END IF;
        INSERT INTO caseflow.batches (log_id, first_position, leaves) VALUES (p_log, head + 1, p_event_leaf[1]);
        RETURN;
    END IF;

    IF v_clean THEN
        WITH stored AS (
            INSERT INTO caseflow.events (log_id, position, stream, version, type, effective_at, recorded_at, actor,
                                         data, metadata, leaf)
            SELECT h.log_id, head + u.ord, u.stream, u.version, u.type, u.effective_at, u.recorded_at, u.actor,
                   u.data, u.metadata, u.leaf
              FROM caseflow.logs h
             CROSS JOIN unnest(p_event_stream, p_event_version, p_event_type, p_event_effective, p_event_recorded,
                               p_event_actor, p_event_data, p_event_metadata, p_event_leaf)
                   WITH ORDINALITY AS u(stream, version, type, effective_at, recorded_at, actor, data, metadata, leaf,
                                        ord)
             WHERE h.log_id = p_log
        ), asked AS (
            INSERT INTO caseflow.requests (log_id, request_id, first_position, events)
            SELECT h.log_id, u.request, head + 1 + sum(u.events) OVER (ORDER BY u.ord) - u.events, u.events
              FROM caseflow.logs h
             CROSS JOIN unnest(p_request, p_request_events) WITH ORDINALITY AS u(request, events, ord)
             WHERE h.log_id = p_log
        ), begun AS (
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT h.log_id, u.stream, u.version, u.leaf, u.recorded_at
              FROM caseflow.logs h
             CROSS JOIN unnest(p_event_stream, p_event_version, p_event_leaf, p_event_recorded, p_event_last)
                   AS u(stream, version, leaf, recorded_at, last)
             WHERE h.log_id = p_log AND u.last AND u.version = 1
        ), stood AS (
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT h.log_id, u.stream, u.version, u.leaf, u.recorded_at
              FROM caseflow.logs h
             CROSS JOIN unnest(p_event_stream, p_event_version, p_event_leaf, p_event_recorded, p_event_last)
                   AS u(stream, version, leaf, recorded_at, last)
             WHERE h.log_id = p_log AND u.last AND u.version > 1
            ON CONFLICT (log_id, stream) DO UPDATE
               SET version = excluded.version, head_leaf = excluded.head_leaf, recorded_at = excluded.recorded_at
        )
        INSERT INTO caseflow.batches (log_id, first_position, leaves)
        SELECT h.log_id, head + 1, u.leaves FROM caseflow.logs h
         CROSS JOIN (SELECT string_agg(l, ''::bytea) AS leaves FROM unnest(p_event_leaf) l) AS u
         WHERE h.log_id = p_log;
        RETURN;
    END IF;

    -- Something does not fit: find out what, request by request. One that is refused or was stored before spoils the
    -- streams it touches for the requests after it, which were hashed on top of it.
    SELECT array_agg(u.stream), array_agg(coalesce(s.version, 0)), array_agg(coalesce(s.head_leaf, '')),
           array_agg(s.recorded_at)
      INTO stale_stream, stale_version, stale_leaf, stale_recorded
      FROM unnest(p_event_stream, p_event_version, p_event_recorded, p_event_prior_leaf)
           AS u(stream, version, recorded, prior_leaf)
      LEFT JOIN LATERAL (SELECT s.version, s.head_leaf, s.recorded_at FROM caseflow.streams s
                          WHERE s.log_id = p_log AND s.stream = u.stream LIMIT 1) AS s ON true
     WHERE (u.version = 1 OR u.prior_leaf IS NOT NULL)
       AND (coalesce(s.version, 0) <> u.version - 1
            OR coalesce(s.head_leaf, '') <> coalesce(u.prior_leaf, '')
            OR s.recorded_at > u.recorded);
    SELECT array_agg(CASE WHEN r.request_id IS NULL THEN 0 ELSE 1 END ORDER BY u.ord),
           array_agg(r.first_position ORDER BY u.ord)
      INTO status, duplicate_position
      FROM unnest(p_request) WITH ORDINALITY AS u(request, ord)
      LEFT JOIN LATERAL (SELECT r.request_id, r.first_position FROM caseflow.requests r
                          WHERE r.log_id = p_log AND r.request_id = u.request LIMIT 1) AS r ON true;
    SELECT array_agg(u.ord ORDER BY u.ord) INTO v_request_of_event
      FROM unnest(p_request_events) WITH ORDINALITY AS u(events, ord) CROSS JOIN LATERAL generate_series(1, u.events);
    v_tainted := coalesce(stale_stream, '{}');
    FOR v_row IN
        SELECT u.request, array_agg(DISTINCT u.stream) AS streams
          FROM unnest(v_request_of_event, p_event_stream) AS u(request, stream)
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
    SELECT h.log_id, head + row_number() OVER (ORDER BY u.ord), u.stream, u.version, u.type, u.effective_at,
           u.recorded_at, u.actor, u.data, u.metadata, u.leaf
      FROM caseflow.logs h
     CROSS JOIN unnest(p_event_stream, p_event_version, p_event_type, p_event_effective, p_event_recorded,
                       p_event_actor, p_event_data, p_event_metadata, p_event_leaf, v_request_of_event)
           WITH ORDINALITY AS u(stream, version, type, effective_at, recorded_at, actor, data, metadata, leaf,
                                request, ord)
     WHERE h.log_id = p_log AND status[u.request] = 0;
    GET DIAGNOSTICS v_events = ROW_COUNT;
    UPDATE caseflow.logs SET position = head + v_events WHERE log_id = p_log;
    IF v_events = 0 THEN
        RETURN;
    END IF;
    INSERT INTO caseflow.requests (log_id, request_id, first_position, events)
    SELECT h.log_id, u.request, head + 1 + sum(u.events) OVER (ORDER BY u.ord) - u.events, u.events
      FROM caseflow.logs h
     CROSS JOIN unnest(p_request, p_request_events, status) WITH ORDINALITY AS u(request, events, status, ord)
     WHERE h.log_id = p_log AND u.status = 0;
    INSERT INTO caseflow.streams AS s (log_id, stream, version, head_leaf, recorded_at)
    SELECT DISTINCT ON (h.log_id, e.stream) h.log_id, e.stream, e.version, e.leaf, e.recorded_at
      FROM caseflow.logs h JOIN caseflow.events e
        ON e.log_id = h.log_id AND e.position BETWEEN head + 1 AND head + v_events
     WHERE h.log_id = p_log
     ORDER BY h.log_id, e.stream, e.version DESC
    ON CONFLICT (log_id, stream) DO UPDATE
       SET version = excluded.version, head_leaf = excluded.head_leaf, recorded_at = excluded.recorded_at;
    INSERT INTO caseflow.batches (log_id, first_position, leaves)
    SELECT h.log_id, head + 1, string_agg(e.leaf, ''::bytea ORDER BY e.position)
      FROM caseflow.logs h JOIN caseflow.events e
        ON e.log_id = h.log_id AND e.position BETWEEN head + 1 AND head + v_events
     WHERE h.log_id = p_log GROUP BY h.log_id;
END
$$;
