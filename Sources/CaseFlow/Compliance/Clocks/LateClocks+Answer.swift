import EventStore
import Foundation
import PostgresClient
import WorkingTime

extension LateClocks {
    /// A transaction that sees one state of the read table, and whose plans follow the indexes.
    private struct Look {
        let transaction: PostgresTransaction
        let parameters: [any PostgresEncodable]
        let today: CivilDate?
    }

    private func look<Result: Sendable>(_ log: EventLog, _ body: (Look) async throws -> Result) async throws -> Result {
        try await log.pool.transaction(.repeatableRead, readOnly: true) { transaction in
            let rows = try await transaction.query(
                """
                SELECT p.generation, l.time_zone,
                       greatest(clock_timestamp(), (SELECT e.recorded_at FROM caseflow.events e WHERE e.log_id = $1
                                                     ORDER BY e.position DESC LIMIT 1))
                  FROM caseflow.projections p
                  JOIN caseflow.logs l ON l.log_id = p.log_id
                 WHERE p.log_id = $1 AND p.name = 'case-clocks' AND p.state = 'live'
                """,
                [log.id.rawValue]
            )
            let generation = try rows.first?.decode(0, as: Int32.self) ?? 0
            let zone = try rows.first.flatMap { TimeZone(identifier: try $0.decode(1)) } ?? .gmt
            let now = try rows.first?.decode(2, as: Timestamp.self) ?? knownAt
            // Beside what is known now: what was known until a day from the moment on. A row may have ended at a moment
            // that a clock ahead of ours gave, or in a simulation that has come further than we have.
            let first = ClockRow.period(of: min(knownAt, now))
            let periods = isNow ? [] : Array(first...(ClockRow.period(of: now) + 1))
            let base: [any PostgresEncodable] = [
                log.id.rawValue, generation, PostgresDate(asOf), knownAt, periods, Int32(clamping: atLeast),
            ]
            try await transaction.query(
                """
                SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
                       set_config('enable_sort', 'off', true), set_config('enable_incremental_sort', 'off', true),
                       set_config('jit', 'off', true)
                """
            )
            return try await body(
                Look(transaction: transaction, parameters: base, today: Moment.day(of: knownAt, in: zone))
            )
        }
    }

    /// A page: at most `limit` rows (nil for all), from behind where the last one ended.
    /// Throws ``WrongCursor`` for a cursor of another question.
    /// - Parameter language: of the reasons.
    public func page(_ log: EventLog, limit: Int?, after: String? = nil, _ language: Language = .english) async throws
        -> Page
    {
        let place = try after.map { try Cursor($0, of: self).place }
        return try await look(log) { look in
            var parameters = look.parameters
            let sql = statement(limit.map { $0 + 1 } ?? Int(Int32.max), place, look.today, &parameters)
            let result = try await look.transaction.query(sql, parameters, prepare: false)
            let rows = try result.map { try read($0, language) }
            let shown = limit.map { Array(rows.prefix($0)) } ?? rows
            let next = shown.count < rows.count ? shown.last.map { Cursor(self, $0.1).text } : nil
            return Page(rows: shown.map(\.0), next: next)
        }
    }

    /// How the server goes about a page, for people: EXPLAIN (ANALYZE, BUFFERS).
    public func plan(_ log: EventLog, limit: Int) async throws -> [String] {
        try await look(log) { look in
            var parameters = look.parameters
            let sql = statement(limit + 1, nil, look.today, &parameters)
            return try await look.transaction.query("EXPLAIN (ANALYZE, BUFFERS) " + sql, parameters, prepare: false)
                .map { try $0.decode(0) }
        }
    }

    private func statement(
        _ limit: Int,
        _ place: Place?,
        _ today: CivilDate?,
        _ parameters: inout [any PostgresEncodable]
    ) -> String {
        let common = common(&parameters)
        let parts = segments(today: today).map {
            "(\(sql($0, limit: limit, after: place, common: common, &parameters)))"
        }
        return """
            SELECT case_number, stream, clock, stage, ordinal, phase, started_on, due_on, is_provisional, stopped_on,
                   suspended_since, days_left, limit_amount, limit_unit, calendar, calendar_version, unit, department,
                   officer, item, channel, known_from, reason, position, rank::integer, yellow_on, holder,
                   held_since, held_stage
              FROM (\(parts.joined(separator: " UNION ALL "))) rows ORDER BY \(answerOrder) LIMIT \(limit)
            """
    }

    /// How many there are; no more than one above `most`, where that is given.
    public func count(_ log: EventLog, atMost most: Int? = nil) async throws -> Int {
        try await look(log) { look in
            var parameters = look.parameters
            let common = common(&parameters)
            let limit = most.map { " LIMIT \($0 + 1)" } ?? ""
            let parts = segments(today: look.today).map { segment in
                """
                (SELECT 1 FROM caseflow.case_clocks c
                  WHERE c.log_id = $1 AND c.generation = $2 AND c.known_period = \(ClockRow.openPeriod)
                    AND \(segment.condition) AND \(common)\(limit)) UNION ALL
                (SELECT 1 FROM unnest($5::integer[]) p JOIN caseflow.case_clocks c
                    ON c.known_period = p AND c.known_period < \(ClockRow.openPeriod)
                  WHERE c.log_id = $1 AND c.generation = $2 AND \(segment.condition) AND \(common)\(limit))
                """
            }
            let sql = "SELECT count(*) FROM (SELECT 1 FROM (\(parts.joined(separator: " UNION ALL "))) r\(limit)) r"
            return try await look.transaction.query(sql, parameters, prepare: false).first?.decode(0) ?? 0
        }
    }

    private func read(_ row: PostgresRow, _ language: Language) throws -> (Row, Place) {
        func text(_ column: Int) throws -> String? {
            let text: String = try row.decode(column)
            return text.isEmpty ? nil : text
        }
        func date(_ column: Int) throws -> CivilDate? { try row.decode(column, as: PostgresDate?.self)?.civil }
        let limit = try ClockStore.limit(row, 12)
        let (due, stop) = (try date(7), try date(9))
        let isOpen = stop.map { $0 > asOf } ?? true
        let end = isOpen ? asOf : stop ?? asOf
        let clock: String = try row.decode(2)
        let version: Int32? = try row.decode(15)
        // Of a day before its stop or its suspension, the clock is told as it was on that day.
        let since = try date(10)
        let phase: String = isOpen && stop != nil ? "running" : try row.decode(5)
        let kind = CaseHolder.Kind(rawValue: try row.decode(26))
        let held = try date(27)
        let (stage, heldStage): (String?, String?) = (try row.decode(3), try row.decode(28))
        let why = Reason(
            kind: kind,
            unit: try kind == nil ? text(17) ?? text(16) : text(16),
            officer: try text(18),
            since: held,
            // Of a stage's clock it stands there already.
            stage: heldStage == stage ? nil : heldStage,
            suspendedSince: phase == "suspended" ? since : nil,
            due: due,
            stop: stop,
            isLate: light == .red
        )
        let shown = Row(
            case: try row.decode(0),
            stream: try row.decode(1),
            clock: clock,
            stage: stage,
            ordinal: Int(try row.decode(4, as: Int32.self)),
            state: isOpen ? "open" : "closed",
            phase: phase,
            light: light.rawValue,
            receivedOn: try date(6)?.description ?? "",
            deadlineOn: due?.description,
            isProvisional: try row.decode(8),
            closedOn: isOpen ? nil : stop?.description,
            suspendedSince: since?.description,
            daysLeft: try row.decode(11, as: Int32?.self).map(Int.init),
            daysLate: due.map { light == .red ? max(1, $0.days(to: end)) : min(0, $0.days(to: end)) },
            limit: limit?.description,
            calendar: try text(14).map { code in version.map { "\(code) \($0)" } ?? code },
            unit: try text(16),
            department: try text(17),
            responsible: try text(18),
            item: try text(19),
            channel: try text(20),
            holder: kind?.rawValue,
            heldSince: held?.description,
            reason: why.words[language],
            knownFrom: try row.decode(21, as: Timestamp.self).description,
            event: try row.decode(22),
            position: try row.decode(23)
        )
        let stream: String = try row.decode(1)
        let tail: [String] = [stream, clock]
        let texts: [String] =
            switch sort {
            case .days, .due: tail
            case .case: [try row.decode(0), clock, stream]
            case .officer: [try row.decode(18)] + tail
            }
        let rank: Int32? = try row.decode(24)
        return (shown, Place(rank: rank, texts: texts, ordinal: try row.decode(4)))
    }
}
