import EventStore
import PostgresClient
import WorkingTime

/// The statements on `case_clock_revisions`: which states of calendars open clocks have still to be gone through under,
/// in how many parts, and how far each part is.
extension ClockStore {
    /// A part of the open clocks that are gone through under a state of a calendar.
    struct Revision {
        let calendar: String
        let since: Timestamp
        let part: Int32
        /// The last case number that was done; empty before the first.
        let cursor: String
        /// The last case number of the part; nil for the end.
        let through: String?

        /// Nothing is left of the part.
        var isThrough: Bool { cursor == through }
    }

    /// The latest state of each calendar that was noted down.
    func revisions() async throws -> [String: Timestamp] {
        let rows = try await target.transaction.query(
            """
            SELECT calendar, max(known_since) FROM caseflow.case_clock_revisions
            WHERE log_id = $1 AND generation = $2 GROUP BY calendar
            """,
            [log, generation]
        )
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode(0), try $0.decode(1)) })
    }

    func note(_ boundary: KnownLaw.Boundary, isDone: Bool) async throws {
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_clock_revisions (log_id, generation, calendar, known_since, part, position, cursor,
                   is_done)
            VALUES ($1, $2, $3, $4, 0, $5, '', $6) ON CONFLICT DO NOTHING
            """,
            [log, generation, boundary.calendar, boundary.since, boundary.position, isDone]
        )
    }

    /// A part of the first that is not done, which nobody else works on; kept until the transaction ends.
    func pending() async throws -> Revision? {
        let rows = try await target.transaction.query(
            """
            SELECT calendar, known_since, part, cursor, through FROM caseflow.case_clock_revisions
             WHERE log_id = $1 AND generation = $2 AND NOT is_done
               AND (known_since, calendar) = (
                   SELECT known_since, calendar FROM caseflow.case_clock_revisions
                    WHERE log_id = $1 AND generation = $2 AND NOT is_done ORDER BY known_since, calendar LIMIT 1)
             ORDER BY coalesce(cursor = through, false), part LIMIT 1 FOR UPDATE SKIP LOCKED
            """,
            [log, generation]
        )
        return try rows.first.map {
            Revision(
                calendar: try $0.decode(0),
                since: try $0.decode(1),
                part: try $0.decode(2),
                cursor: try $0.decode(3),
                through: try $0.decode(4)
            )
        }
    }

    /// The case number with which the next portion of a part ends, which has so many open clocks or a few more; nil if
    /// that are all of the part.
    func endOfPortion(_ revision: Revision, _ portion: Int) async throws -> String? {
        try await openNumber(after: revision.cursor, through: revision.through, portion)
    }

    private func openNumber(after: String, through: String?, _ count: Int) async throws -> String? {
        try await target.transaction.query(
            """
            SELECT c.case_number FROM caseflow.case_clocks c
             WHERE c.log_id = $1 AND c.generation = $2 AND \(Self.open) AND c.case_number > $3
               AND ($5::text IS NULL OR c.case_number <= $5)
             ORDER BY c.generation, c.case_number OFFSET $4 LIMIT 1
            """,
            [log, generation, after, count - 1, through]
        ).first?.decode(0)
    }

    /// Makes parts of one that is whole and not begun, of about as many open clocks each; false where these are no
    /// more than a portion.
    func split(_ revision: Revision, into parts: Int, _ portion: Int) async throws -> Bool {
        guard parts > 1, revision.part == 0, revision.cursor.isEmpty, revision.through == nil,
            try await endOfPortion(revision, portion) != nil
        else { return false }
        let rows = try await target.transaction.query(
            "SELECT count(*) FROM caseflow.case_clocks c WHERE c.log_id = $1 AND c.generation = $2 AND \(Self.open)",
            [log, generation]
        )
        let share = max(try (rows.first?.decode(0, as: Int.self) ?? 0) / parts, 1)
        var borders: [String] = []
        while borders.count < parts - 1,
            let border = try await openNumber(after: borders.last ?? "", through: nil, share)
        { borders.append(border) }
        guard let first = borders.first else { return false }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_clock_revisions (log_id, generation, calendar, known_since, part, position, cursor,
                   through, is_done)
            SELECT r.log_id, r.generation, r.calendar, r.known_since, u.part, r.position, u.after, u.through, false
              FROM caseflow.case_clock_revisions r, unnest($5::integer[], $6::text[], $7::text[]) u(part, after, through)
             WHERE r.log_id = $1 AND r.generation = $2 AND r.calendar = $3 AND r.known_since = $4 AND r.part = 0
            """,
            [
                log, generation, revision.calendar, revision.since, borders.indices.map { Int32($0 + 1) }, borders,
                borders.dropFirst().map { Optional($0) } + [nil],
            ]
        )
        try await set(revision, cursor: "", through: first)
        return true
    }

    /// Notes down how far a part is.
    func advance(_ revision: Revision, to number: String) async throws {
        try await set(revision, cursor: number, through: revision.through)
    }

    /// A part has nothing left. Part 0 stands for the whole, which is done when the others are gone. False while others
    /// work on them; the last of these comes by part 0 again.
    func finish(_ revision: Revision) async throws -> Bool {
        let key: [any PostgresEncodable] = [log, generation, revision.calendar, revision.since]
        let here = "log_id = $1 AND generation = $2 AND calendar = $3 AND known_since = $4"
        if revision.part > 0 {
            try await target.transaction.query(
                "DELETE FROM caseflow.case_clock_revisions WHERE \(here) AND part = $5",
                key + [revision.part]
            )
            return true
        }
        let others = try await target.transaction.query(
            "SELECT 1 FROM caseflow.case_clock_revisions WHERE \(here) AND part > 0 LIMIT 1",
            key
        )
        if others.isEmpty {
            try await set(revision, cursor: "", through: nil, isDone: true)
            return true
        }
        if let through = revision.through, !revision.isThrough {
            try await set(revision, cursor: through, through: through)
        }
        return false
    }

    private func set(_ revision: Revision, cursor: String, through: String?, isDone: Bool = false) async throws {
        try await target.transaction.query(
            """
            UPDATE caseflow.case_clock_revisions SET cursor = $6, through = $7, is_done = $8
             WHERE log_id = $1 AND generation = $2 AND calendar = $3 AND known_since = $4 AND part = $5
            """,
            [log, generation, revision.calendar, revision.since, revision.part, cursor, through, isDone]
        )
    }
}
