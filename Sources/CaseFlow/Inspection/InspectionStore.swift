import EventStore
import PostgresClient
import WorkingTime

/// The statements on the read tables of inspection, in one generation.
struct InspectionStore {
    let target: ProjectionTarget

    init(_ target: ProjectionTarget) { self.target = target }

    private var log: String { target.log.rawValue }
    private var generation: Int32 { target.generation }

    /// Plans are kept for the life of a session, and the first one may meet empty tables (decision 11).
    func preferIndexes() async throws {
        try await target.transaction.query(
            """
            SELECT set_config('enable_seqscan', 'off', true), set_config('enable_mergejoin', 'off', true),
                   set_config('enable_hashjoin', 'off', true), set_config('enable_bitmapscan', 'off', true)
            """
        )
    }

    // MARK: Cases

    /// What there is of cases: their events before a position each, or all, without the steps of sources.
    func records(_ streams: [String], before: [String: Int64]) async throws -> [String: CaseRecord] {
        if streams.isEmpty { return [:] }
        var records: [String: CaseRecord] = [:]
        var ends: Set<String> = []
        let wanted = streams.map { (stream: $0, before: before[$0] ?? .max) }
        for event in try await target.events(of: wanted, leavingOut: [Case.Coding.stepRecorded.rawValue]) {
            // Of a case that is set aside, what came before the event that cannot be read.
            let stream = event.stream.rawValue
            if ends.contains(stream) { continue }
            do { try records[stream, default: CaseRecord()].take(event) } catch { ends.insert(stream) }
        }
        return records
    }

    /// The versions of items that cases are pinned to, by digest. One that the log does not have is left out.
    func items(_ pins: [CatalogueBook.Pin]) async throws -> [String: ServiceItem] {
        var items = await ItemCache.shared.items(Set(pins.map(\.digest)))
        let missing = Set(pins.filter { items[$0.digest] == nil }.map(\.code))
        if missing.isEmpty { return items }
        let wanted = missing.sorted().map { (stream: $0.stream.rawValue, before: Int64.max) }
        var read: [String: ServiceItem] = [:]
        for recorded in try await target.events(of: wanted) {
            switch (try? ItemEventCoding.decode(recorded))?.fact {
            case .published(_, let item)?, .amended(_, let item)?: read[item.digest] = item
            case .withdrawn?, nil: break
            }
        }
        await ItemCache.shared.add(read)
        items.merge(read) { old, _ in old }
        return items
    }

    /// Writes what has changed of the rows of cases.
    /// - Parameter new: the streams that have no rows yet.
    func write(_ cases: [InspectedRows], new: Set<String>) async throws {
        if cases.isEmpty { return }
        let old = cases.map(\.stream).filter { !new.contains($0) }
        try await writeFindings(cases, old: old)
        try await writeDays(cases, old: old)
        try await writeOutcomes(cases.map { ($0.stream, $0.outcome) }, old: old)
    }

    // MARK: Findings

    /// A finding with its place.
    private typealias Placed = (stream: String, row: InspectedRows.FindingRow)

    private func writeFindings(_ cases: [InspectedRows], old streams: [String]) async throws {
        let old = try await findings(of: streams)
        var gone: [(stream: String, finding: Finding)] = []
        var new: [Placed] = []
        for inspected in cases {
            let known = Set(old[inspected.stream] ?? [])
            let wanted = Set(inspected.findings)
            for row in known where !wanted.contains(row) { gone.append((inspected.stream, row.finding)) }
            new += inspected.findings.filter { !known.contains($0) }.map { (inspected.stream, $0) }
        }
        if !gone.isEmpty {
            try await target.transaction.query(
                """
                DELETE FROM caseflow.case_findings f
                 USING unnest($3::text[], $4::text[], $5::bigint[]) AS u(stream, rule, position)
                 WHERE f.log_id = $1 AND f.generation = $2 AND f.stream = u.stream AND f.rule = u.rule
                   AND f.position = u.position
                """,
                [log, generation, gone.map(\.stream), gone.map(\.finding.rule.rawValue), gone.map(\.finding.position)]
            )
        }
        try await insert(new)
    }

    func insert(_ rows: [(stream: String, row: InspectedRows.FindingRow)]) async throws {
        if rows.isEmpty { return }
        let findings = rows.map(\.row.finding)
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_findings (log_id, generation, stream, rule, position, heading, since_on, case_number,
                   item, unit, officer, acting_for, positions, basis_en, basis_zh, reason_en, reason_zh)
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::text[], $5::bigint[], $6::text[], $7::date[], $8::text[],
                   $9::text[], $10::text[], $11::text[], $12::text[], $13::json[], $14::text[], $15::text[], $16::text[],
                   $17::text[]) AS u
            """,
            [
                log, generation, rows.map(\.stream), findings.map(\.rule.rawValue), findings.map(\.position),
                findings.map(\.rule.heading.rawValue), findings.map { PostgresDate($0.on) }, rows.map(\.row.number),
                rows.map(\.row.item), findings.map { $0.unit?.rawValue ?? "" },
                findings.map { $0.officer?.rawValue ?? "" }, findings.map { $0.actingFor?.rawValue ?? "" },
                findings.map { Self.json($0.positions) }, findings.map(\.basis[.english]),
                findings.map(\.basis[.chinese]), findings.map(\.reason[.english]), findings.map(\.reason[.chinese]),
            ]
        )
    }

    private static func json(_ positions: [Int64]) -> PostgresJSON {
        PostgresJSON(Array("[\(positions.map(String.init).joined(separator: ","))]".utf8))
    }

    private func findings(of streams: [String]) async throws -> [String: [InspectedRows.FindingRow]] {
        if streams.isEmpty { return [:] }
        let rows = try await target.transaction.query(
            """
            SELECT f.stream, \(FindingColumns.list) FROM unnest($3::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.case_findings x
                                  WHERE x.log_id = $1 AND x.generation = $2 AND x.stream = u.stream
                                  ORDER BY x.rule, x.position) AS f
            """,
            [log, generation, streams]
        )
        var found: [String: [InspectedRows.FindingRow]] = [:]
        for row in rows {
            let read = try FindingColumns(row, from: 1)
            found[try row.decode(0), default: []].append(
                InspectedRows.FindingRow(finding: read.finding, number: read.number, item: read.item)
            )
        }
        return found
    }

    // MARK: Days

    private func writeDays(_ cases: [InspectedRows], old streams: [String]) async throws {
        let old = try await days(of: streams)
        var gone: [(stream: String, ordinal: Int32)] = []
        var new: [(stream: String, row: InspectedRows.DaysRow)] = []
        for inspected in cases {
            let known = Set(old[inspected.stream] ?? [])
            let wanted = Set(inspected.days)
            for row in known where !wanted.contains(row) { gone.append((inspected.stream, row.ordinal)) }
            new += inspected.days.filter { !known.contains($0) }.map { (inspected.stream, $0) }
        }
        if !gone.isEmpty {
            try await target.transaction.query(
                """
                DELETE FROM caseflow.case_holder_days d USING unnest($3::text[], $4::integer[]) AS u(stream, ordinal)
                 WHERE d.log_id = $1 AND d.generation = $2 AND d.stream = u.stream AND d.ordinal = u.ordinal
                """,
                [log, generation, gone.map(\.stream), gone.map(\.ordinal)]
            )
        }
        if new.isEmpty { return }
        let rows = new.map(\.row)
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_holder_days (log_id, generation, stream, ordinal, case_number, item, kind, unit,
                   officer, acting_for, from_on, through_on, days, calendar, begun_by, ended_by)
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::integer[], $5::text[], $6::text[], $7::text[], $8::text[],
                   $9::text[], $10::text[], $11::date[], $12::date[], $13::integer[], $14::text[], $15::bigint[],
                   $16::bigint[]) AS u
            """,
            [
                log, generation, new.map(\.stream), rows.map(\.ordinal), rows.map(\.number), rows.map(\.item),
                rows.map(\.holder.kind.rawValue), rows.map { $0.holder.unit?.rawValue ?? "" },
                rows.map { $0.holder.officer?.rawValue ?? "" }, rows.map { $0.holder.actingFor?.rawValue ?? "" },
                rows.map { PostgresDate($0.from) }, rows.map { $0.through.map { PostgresDate($0) } },
                rows.map(\.days), rows.map(\.calendar), rows.map(\.begunBy), rows.map(\.endedBy),
            ]
        )
    }

    private func days(of streams: [String]) async throws -> [String: [InspectedRows.DaysRow]] {
        if streams.isEmpty { return [:] }
        let rows = try await target.transaction.query(
            """
            SELECT d.stream, d.ordinal, d.case_number, d.item, d.kind, d.unit, d.officer, d.acting_for, d.from_on,
                   d.through_on, d.days, d.calendar, d.begun_by, d.ended_by
              FROM unnest($3::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.case_holder_days x
                                  WHERE x.log_id = $1 AND x.generation = $2 AND x.stream = u.stream
                                  ORDER BY x.ordinal) AS d
            """,
            [log, generation, streams]
        )
        var found: [String: [InspectedRows.DaysRow]] = [:]
        for row in rows {
            var holder = CaseHolder(CaseHolder.Kind(rawValue: try row.decode(4)) ?? .unknown)
            holder.unit = try FindingColumns.code(row, 5).map(UnitCode.init(trusted:))
            holder.officer = try FindingColumns.code(row, 6).map(OfficerID.init(trusted:))
            holder.actingFor = try FindingColumns.code(row, 7).map(OfficerID.init(trusted:))
            found[try row.decode(0), default: []].append(
                InspectedRows.DaysRow(
                    ordinal: try row.decode(1),
                    number: try row.decode(2),
                    item: try row.decode(3),
                    holder: holder,
                    from: try row.decode(8, as: PostgresDate.self).civil ?? .first,
                    through: try row.decode(9, as: PostgresDate?.self)?.civil,
                    days: try row.decode(10),
                    calendar: try row.decode(11),
                    begunBy: try row.decode(12),
                    endedBy: try row.decode(13)
                )
            )
        }
        return found
    }
}

/// Versions of items that were read once: a version never changes.
actor ItemCache {
    static let shared = ItemCache()
    /// The items of several counties, with their versions.
    private static let limit = 5_000
    private var known: [String: ServiceItem] = [:]

    func items(_ digests: Set<String>) -> [String: ServiceItem] {
        Dictionary(uniqueKeysWithValues: digests.compactMap { digest in known[digest].map { (digest, $0) } })
    }

    func add(_ items: [String: ServiceItem]) {
        if known.count + items.count > Self.limit { known = [:] }
        known.merge(items) { old, _ in old }
    }
}
