import EventStore
import PostgresClient
import WorkingTime

/// The statements on entries of afterwards, and on what a calendar that changes has left to do.
extension InspectionStore {
    /// The entries of an officer on a day.
    struct OfficerDay: Hashable {
        let officer: OfficerID
        let day: CivilDate
    }

    private var place: [any PostgresEncodable] { [target.log.rawValue, target.generation] }

    func add(_ entries: [AfterEntry]) async throws {
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_after_entries (log_id, generation, officer, entered_on, position, recorded_at, stream,
                   unit)
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::date[], $5::bigint[], $6::timestamptz[], $7::text[],
                   $8::text[]) AS u
            ON CONFLICT DO NOTHING
            """,
            place + [
                entries.map(\.officer.rawValue), entries.map { PostgresDate($0.day) }, entries.map(\.position),
                entries.map(\.recordedAt), entries.map(\.stream), entries.map { $0.unit?.rawValue ?? "" },
            ]
        )
    }

    func entries(of day: OfficerDay) async throws -> [AfterEntry] {
        try await entries(of: day.officer, "AND entered_on = $4", [PostgresDate(day.day)])
    }

    /// The entries of an officer, day by day.
    func entries(of officer: OfficerID) async throws -> [[AfterEntry]] {
        let days = Dictionary(grouping: try await entries(of: officer, "", []), by: \.day)
        return days.sorted { $0.key < $1.key }.map(\.value)
    }

    private func entries(of officer: OfficerID, _ condition: String, _ parameters: [any PostgresEncodable])
        async throws -> [AfterEntry]
    {
        let rows = try await target.transaction.query(
            """
            SELECT position, recorded_at, stream, unit, entered_on FROM caseflow.case_after_entries
             WHERE log_id = $1 AND generation = $2 AND officer = $3 \(condition) ORDER BY entered_on, position
            """,
            place + [officer.rawValue] + parameters
        )
        return try rows.map { row in
            AfterEntry(
                officer: officer,
                unit: try FindingColumns.code(row, 3).map(UnitCode.init(trusted:)),
                stream: try row.decode(2),
                day: try row.decode(4, as: PostgresDate.self).civil ?? .first,
                recordedAt: try row.decode(1),
                position: try row.decode(0)
            )
        }
    }

    /// The officers who have entered something afterwards, by their names.
    func officersOfEntries() async throws -> [OfficerID] {
        try await target.transaction.query(
            """
            SELECT DISTINCT officer FROM caseflow.case_after_entries WHERE log_id = $1 AND generation = $2 ORDER BY officer
            """,
            place
        ).map { OfficerID(trusted: try $0.decode(0)) }
    }

    /// The batches of an officer's day take the place of those that were there.
    func write(_ batches: [BatchEntry], of day: OfficerDay) async throws {
        try await target.transaction.query(
            """
            DELETE FROM caseflow.case_findings
             WHERE log_id = $1 AND generation = $2 AND stream = $3 AND rule = $4 AND since_on = $5
            """,
            place + [day.officer.stream.rawValue, FindingRule.batchEntry.rawValue, PostgresDate(day.day)]
        )
        try await insert(batches, of: day.officer)
    }

    func insert(_ batches: [BatchEntry], of officer: OfficerID) async throws {
        let findings = batches.compactMap(\.finding)
        if findings.isEmpty { return }
        let stream = officer.stream.rawValue
        try await insert(findings.map { (stream, InspectedRows.FindingRow(finding: $0, number: "", item: "")) })
    }

    // MARK: Calendars

    /// A calendar has changed: the open cases are to be gone through, from the first on.
    func noteRevision(_ position: Int64, isDone: Bool) async throws {
        try await target.transaction.query(
            """
            INSERT INTO caseflow.inspection_revisions (log_id, generation, position, cursor, is_done)
            VALUES ($1, $2, $3, '', $4)
            ON CONFLICT (log_id, generation) DO UPDATE
               SET position = greatest(inspection_revisions.position, excluded.position), cursor = '',
                   is_done = excluded.is_done
            """,
            place + [position, isDone]
        )
    }

    /// How far the open cases were gone through; nil where nothing is left to do.
    func revision() async throws -> String? {
        try await target.transaction.query(
            """
            SELECT cursor FROM caseflow.inspection_revisions
             WHERE log_id = $1 AND generation = $2 AND NOT is_done FOR UPDATE SKIP LOCKED
            """,
            place
        ).first?.decode(0)
    }

    /// The next open cases, by their streams.
    func openCases(after cursor: String, _ count: Int) async throws -> [String] {
        try await target.transaction.query(
            """
            SELECT stream FROM caseflow.case_holder_days
             WHERE log_id = $1 AND generation = $2 AND through_on IS NULL AND stream > $3 ORDER BY stream LIMIT $4
            """,
            place + [cursor, count]
        ).map { try $0.decode(0) }
    }

    /// Notes down how far they were; nil: that were all.
    func advance(to stream: String?) async throws {
        try await target.transaction.query(
            """
            UPDATE caseflow.inspection_revisions SET cursor = coalesce($3, ''), is_done = $3 IS NULL
             WHERE log_id = $1 AND generation = $2
            """,
            place + [stream]
        )
    }
}

/// The columns of a finding, as a row has them.
struct FindingColumns {
    static let list = """
        f.rule, f.position, f.since_on, f.case_number, f.item, f.unit, f.officer, f.acting_for, f.positions::text,
        f.basis_en, f.basis_zh, f.reason_en, f.reason_zh
        """

    let finding: Finding
    let number: String
    let item: String

    init(_ row: PostgresRow, from first: Int) throws {
        number = try row.decode(first + 3)
        item = try row.decode(first + 4)
        let positions: String = try row.decode(first + 8)
        let name: String = try row.decode(first)
        guard let rule = FindingRule(rawValue: name), let day = try row.decode(first + 2, as: PostgresDate.self).civil
        else { throw UnknownFinding(name: name) }
        finding = Finding(
            rule: rule,
            on: day,
            positions: positions.dropFirst().dropLast().split(separator: ",").compactMap { Int64($0) },
            unit: try Self.code(row, first + 5).map(UnitCode.init(trusted:)),
            officer: try Self.code(row, first + 6).map(OfficerID.init(trusted:)),
            actingFor: try Self.code(row, first + 7).map(OfficerID.init(trusted:)),
            basis: LocalizedText(try row.decode(first + 9), try row.decode(first + 10)),
            reason: LocalizedText(try row.decode(first + 11), try row.decode(first + 12))
        )
    }

    /// A code, or nil where the column says nothing.
    static func code(_ row: PostgresRow, _ column: Int) throws -> String? {
        let text: String = try row.decode(column)
        return text.isEmpty ? nil : text
    }
}

/// A row of a newer program, whose rule this one does not know.
struct UnknownFinding: Error, CustomStringConvertible {
    let name: String
    var description: String {
        "the read table has findings of the rule '\(name)', which this program does not know: use the newer program"
    }
}
