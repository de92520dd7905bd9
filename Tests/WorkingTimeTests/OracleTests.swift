import Testing
import WorkingTime

/// Due dates that others computed, with other programs.
@Suite("Oracles", .enabled(if: Shared.isPresent, Shared.absent))
struct OracleTests {
    @Test func `2,500 due dates, and the days between are n again`() throws {
        let calendar = try Shared.china()
        let rows = try Shared.rows("oracle/due-oracle.csv")
        #expect(rows.count == 2_500)
        var wrong: [String] = []
        for row in rows {
            let start = try day(try #require(row["start"]))
            let n = try #require(row["n"].flatMap { Int($0) })
            let due = try day(try #require(row["due"]))
            if try DayLimit(n, .workingDays).due(start, calendar) != due { wrong.append("\(row)") }
            if try calendar.workingDays(from: start, to: due) != n { wrong.append("between: \(row)") }
        }
        #expect(wrong.isEmpty)
    }

    @Test(arguments: [(PauseCounting.civil, "due_civil"), (.halfOpen, "due_halfopen")])
    func `Pauses of whole days`(_ counting: PauseCounting, _ column: String) throws {
        let calendar = try Shared.china()
        var wrong: [String] = []
        var count = 0
        for row in try Shared.rows("oracle/due-oracle-pauses.csv") where row["mode"] == "DAYS" {
            count += 1
            let limit = try DayLimit(try #require(row["n"].flatMap { Int($0) }), .workingDays)
            let pauses = try Self.pauses(row) { try day($0) }
            let due = try limit.due(try day(try #require(row["accepted_at"])), calendar, pauses, counting)
            if due?.description != row[column] { wrong.append("\(row)") }
        }
        #expect(count == 500)
        #expect(wrong.isEmpty)
    }

    /// The limit begins with the day after the event, and n days of 24 hours, or of 9:00-12:00 and 14:00-17:00, count
    /// on working days. All times have the offset of China.
    @Test(arguments: [
        ("00:00-24:00", "due_instant_24h", "due_date_24h"),
        ("09:00-12:00 14:00-17:00", "due_instant_bh", "due_date_bh"),
    ])
    func `Pauses by the moment`(_ hours: String, _ timeColumn: String, _ dateColumn: String) throws {
        let hours = try DayHours(hours)
        let service = try ServiceHours.workingDays(of: try Shared.china(), hours)
        var wrong: [String] = []
        var count = 0
        func local(_ text: String) throws -> WallTime {
            try #require(text.hasSuffix(":00+08:00"))
            return try time(String(text.dropLast(6)))
        }
        for row in try Shared.rows("oracle/due-oracle-pauses.csv") where row["mode"] == "INSTANT" {
            count += 1
            let limit = try TimeLimit(days: try #require(row["n"].flatMap { Int($0) }), of: hours)
            let event = try local(try #require(row["accepted_at"]))
            let pauses = Pauses(try Self.pauses(row, local))
            let due = try limit.outcome(after: event, in: service, pauses: pauses).dueTime
            let expected = try local(try #require(row[timeColumn]))
            if due?.time != expected || due?.date.description != row[dateColumn] { wrong.append("\(row)") }
        }
        #expect(count == 500)
        #expect(wrong.isEmpty)
    }

    @Test func `Before and after an amendment`() throws {
        let after = try Shared.china()
        var before: [String: WorkCalendar] = [:]
        for (amended, rows) in Dictionary(
            grouping: try Shared.rows("calendar/cn-calendar-revisions.csv"),
            by: { $0["amended_on"] ?? "" }
        ) {
            var old: [CivilDate: Bool] = [:]
            for row in rows { old[try day(row["date"] ?? "")] = row["working_before"] == "1" }
            before[amended] = try Shared.china(changes: old)
        }
        let rows = try Shared.rows("oracle/due-oracle-revisions.csv")
        #expect(rows.count == 127)
        for row in rows {
            let limit = try DayLimit(try #require(row["n"].flatMap { Int($0) }), .workingDays)
            let event = try day(try #require(row["accepted"]))
            let old = try #require(before[row["amended_on"] ?? ""])
            #expect(try limit.due(event, old)?.description == row["due_before_amendment"])
            #expect(try limit.due(event, after)?.description == row["due_after_amendment"])
        }
    }

    private static func pauses<Point>(_ row: [String: String], _ point: (String) throws -> Point) throws
        -> [Pause<Point>]
    {
        try [("pause1", "resume1"), ("pause2", "resume2")].compactMap { from, to in
            guard let start = row[from], let end = row[to], !start.isEmpty else { return nil }
            return try Pause(try point(start), to: try point(end))
        }
    }
}
