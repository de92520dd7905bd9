import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

/// The same question, before and after a release that ships another year.
@Suite("Clocks and calendars that a later program brings")
struct AdoptionProjectionTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)
    private static let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")

    private func accept(_ record: ClockRecord, _ number: String, on day: String) async throws {
        try await record.receive(number, on: day, promise: Limit(10, .workingDays))
        try await record.on(day, number, Self.accepted)
    }

    /// Late clocks on many days, as known on many days through one, as JSON.
    private func answers(_ record: ClockRecord, knownThrough last: String) async throws -> [Data] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        var answers: [Data] = []
        let first = day("2025-12-19")
        for known in 0...first.days(to: day(last)) {
            for asOf in 0..<40 {
                let (known, asOf) = (try #require(first.adding(days: known)), try #require(first.adding(days: asOf)))
                let question = try ClockRecord.question(asOf.description, known: known.description)
                answers.append(try encoder.encode(try await question.page(record.log, limit: nil).rows))
            }
        }
        return answers
    }

    @Test func `an upgrade moves what is open from the adoption on, and changes no earlier answer`() async throws {
        try await ClockRecord.run { record in
            // The program of before does not know of 2026, although its notice is of November.
            let (before, after) = (try Release.shipped(14), try Release.shipped(15))
            try await record.adopt(before, at: "2025-10-09T09:00")
            for number in ["open", "stopped"] { try await accept(record, number, on: "2025-12-19") }
            try await record.on("2025-12-22", "stopped", Self.granted)
            let off = CalendarHistory.Change.exception(DayException(day("2025-12-25"), .holiday, name: "x"))
            try await record.amend([off], on: "2025-12-23", notice: "notice 7")
            try await record.catchUp(portion: 1, calendars: before)
            let told = [
                "2025-12-19..2025-12-23 2026-01-02 running case.accepted/1",
                "now 2026-01-05 running calendar amended: notice 7",
            ]
            #expect(try await record.history("open", "promise") == told)
            let old = try await answers(record, knownThrough: "2025-12-24")
            #expect(Set(old).count > 5)

            // The next program goes by what the log has adopted: a case of the days before it does is as if by the old.
            try await accept(record, "between", on: "2025-12-25")
            try await record.catchUp(calendars: after)
            #expect(try await record.history("open", "promise") == told)
            #expect(try await record.history("between", "promise") == ["now 2026-01-08 running case.accepted/1"])
            let unadopted = try await answers(record, knownThrough: "2025-12-29")
            #expect(Array(unadopted.prefix(old.count)) == old)

            try await record.adopt(after, at: "2025-12-30T10:00")
            try await record.catchUp(portion: 1, calendars: after)
            let adopted = "running calendar adopted: 国办发明电〔2025〕7号"
            #expect(
                try await record.history("open", "promise") == [
                    told[0], "2025-12-23..2025-12-30 2026-01-05 running calendar amended: notice 7",
                    "now 2026-01-06 \(adopted)",
                ]
            )
            #expect(try await record.history("between", "promise").last == "now 2026-01-09 \(adopted)")
            #expect(try await record.history("stopped", "promise").last == "now 2026-01-02 stopped case.decided/1")
            #expect(try await record.late("2026-01-06", known: "2025-12-29", clock: "promise") == ["open promise 1"])
            #expect(try await record.late("2026-01-06", known: "2025-12-30", clock: "promise") == [])
            #expect(try await answers(record, knownThrough: "2025-12-29") == unadopted)
            // The log's own entry is the 15th state before and after.
            try await record.registerStreams()
            let book = try await CalendarBook.load(record.log, zone: TownshipCase.zone, shipped: after)
            #expect(book.versions("cn").map(\.entry).suffix(2) == [1, nil])

            let (rows, revisions) = (try await record.rows(), try await record.rows("case_clock_revisions"))
            #expect(revisions.count == 2)
            let projection = CaseClockProjection(portion: 2, calendars: after)
            try await ProjectionRunner(projection, on: record.log).rebuild(batchSize: 3)
            #expect(try await Set(record.rows()).symmetricDifference(rows).sorted() == [])
            #expect(try await record.rows("case_clock_revisions") == revisions)
            #expect(try await answers(record, knownThrough: "2025-12-29") == unadopted)

            // A year later another program, of which the log has adopted nothing new.
            let next = CaseClockProjection(portion: 2, calendars: try Release.next())
            try await ProjectionRunner(next, on: record.log).rebuild(batchSize: 100)
            #expect(try await Set(record.rows()).symmetricDifference(rows).sorted() == [])
        }
    }

    @Test func `two entries that are adopted at once are one step`() async throws {
        try await ClockRecord.run { record in
            try await record.adopt(Release.shipped(14), at: "2025-10-09T09:00")
            try await accept(record, "open", on: "2025-12-19")
            try await record.catchUp(calendars: Release.shipped(14))
            var history = try CalendarHistory.shipped("cn")
            let extra = CalendarHistory.Change.exception(DayException(day("2026-01-05"), .holiday, name: "x"))
            try history.append(.init(year: nil, knownSince: day("2025-12-01"), notice: "n/2", changes: [extra]))
            let next = ShippedCalendars([history, try CalendarHistory.shipped("gb-eng")])
            try await record.adopt(next, at: "2025-12-30T10:00")
            try await record.catchUp(portion: 1, calendars: next)
            #expect(
                try await record.history("open", "promise") == [
                    "2025-12-19..2025-12-30 2026-01-02 running case.accepted/1",
                    "now 2026-01-06 running calendar adopted: 国办发明电〔2025〕7号, n/2",
                ]
            )
        }
    }

    @Test func `what a log begins with holds from its first event on, also where it was adopted later`() async throws {
        try await ClockRecord.run { record in
            let shipped = try Release.shipped(15)
            try await accept(record, "1", on: "2025-11-10")
            try await record.catchUp(calendars: shipped)
            try await record.adopt(shipped, at: "2025-11-20T09:00")
            try await accept(record, "2", on: "2025-12-19")
            try await record.catchUp(calendars: shipped)
            let rows = try await record.rows()
            // A program whose next entry bears a date of before the first case.
            var history = try CalendarHistory.shipped("cn")
            let extra = CalendarHistory.Change.exception(DayException(day("2025-11-12"), .holiday, name: "x"))
            try history.append(.init(year: nil, knownSince: day("2025-11-05"), notice: "n/2", changes: [extra]))
            let next = ShippedCalendars([history, try CalendarHistory.shipped("gb-eng")])
            try await ProjectionRunner(CaseClockProjection(calendars: next), on: record.log).rebuild(batchSize: 1)
            #expect(try await Set(record.rows()).symmetricDifference(rows).sorted() == [])
            #expect(try await record.history("2", "promise") == ["now 2026-01-05 running case.accepted/1"])
        }
    }

    @Test func `an older program stops, and sets nothing aside`() async throws {
        try await ClockRecord.run { record in
            try await record.adopt(Release.shipped(15), at: "2025-12-01T09:00")
            try await accept(record, "1", on: "2025-12-19")
            await #expect(throws: CalendarMismatch.older(calendar: "cn", adopted: 15, shipped: 14)) {
                try await record.catchUp(calendars: Release.shipped(14))
            }
            let parked = try await record.log.pool.query(
                "SELECT stream FROM caseflow.parked_streams WHERE log_id = $1",
                [record.log.id.rawValue]
            )
            #expect(parked.isEmpty)
            try await record.catchUp(calendars: Release.shipped(15))
            #expect(try await record.history("1", "promise") == ["now 2026-01-05 running case.accepted/1"])
        }
    }
}
