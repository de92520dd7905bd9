import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

/// Limits in minutes of service as rows: their due day, and what they showed at their stop.
@Suite("Clocks in minutes of service, as known on a day")
struct MinuteClockProjectionTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)
    private static let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")

    /// A case with ninety minutes promised, accepted at a moment.
    private func accept(_ record: ClockRecord, _ number: String, _ at: String) async throws {
        let promise = try #require(Limit(90, .serviceMinutes))
        try await record.receive(number, on: at, promise: promise, serviceCalendar: "hall")
        try await record.on(at, number, Self.accepted)
    }

    @Test func `what ended a minute late on its due day is late; what runs is late from the next day on`() async throws
    {
        try await ClockRecord.run { record in
            try await record.set("hall", ServiceMinuteTests.hall, at: "2026-03-01T09:00")
            // All are due on 2 March at 10:30.
            for number in ["early", "exact", "late", "open"] { try await accept(record, number, "2026-03-02T09:00") }
            try await record.on("2026-03-02T09:30", "early", Self.granted)
            try await record.on("2026-03-02T10:30", "exact", Self.granted)
            try await record.on("2026-03-02T10:31", "late", Self.granted)
            try await record.catchUp()
            #expect(try await record.late("2026-03-02", clock: "promise") == ["late promise 1"])
            #expect(try await record.late("2026-03-03", clock: "promise") == ["late promise 1", "open promise 1"])
            #expect(try await record.late("2026-03-04", clock: "promise") == ["open promise 2", "late promise 1"])
            for (day, late) in [("2026-03-02", 1), ("2026-03-03", 2)] {
                var question = try ClockRecord.question(day)
                question.filters.clock = "promise"
                let found = try await question.groups(record.log, by: "clock")
                #expect(found.total == late && found.groups.map(\.late) == [late])
            }
            for (light, day, wanted) in [
                (ClockReading.Light.green, "2026-03-02", ["early"]), (.yellow, "2026-03-02", ["exact", "open"]),
                (.red, "2026-03-03", ["late", "open"]), (.yellow, "2026-03-03", ["exact"]),
            ] {
                var question = try ClockRecord.question(day)
                question.light = light
                question.filters.clock = "promise"
                let rows = try await question.page(record.log, limit: nil).rows
                #expect(rows.map(\.case).sorted() == wanted, "\(light) on \(day)")
                #expect(try await question.count(record.log) == wanted.count)
                #expect(rows.allSatisfy { $0.deadlineOn == "2026-03-02" && $0.limit == "90 service-minutes" })
                #expect(rows.allSatisfy { $0.calendar?.hasPrefix("cn ") == true })
            }
        }
    }

    @Test func `a pause stops it, and its row tells the minutes that are left`() async throws {
        try await ClockRecord.run { record in
            try await record.set("hall", ServiceMinuteTests.hall, at: "2026-03-01T09:00")
            try await accept(record, "1", "2026-03-02T09:00")
            let testing = Case.ProcedureFact.suspended(
                ground: "testing",
                told: try #require(Limit(20, .serviceMinutes))
            )
            try await record.on("2026-03-02T09:30", "1", testing)
            try await record.catchUp()
            var question = try ClockRecord.question("2026-03-20")
            question.light = .green
            question.filters.clock = "promise"
            let row = try #require(try await question.page(record.log, limit: nil).rows.first)
            #expect(row.phase == "suspended" && row.daysLeft == 60 && row.suspendedSince == "2026-03-02")
            #expect(try await record.late("2026-03-03", clock: "told-length") == ["1 told-length 1"])
        }
    }

    @Test func `hours set anew and an amended calendar move what is open, and a rebuild gives the same rows`()
        async throws
    {
        try await ClockRecord.run { record in
            try await record.set("hall", ServiceMinuteTests.hall, at: "2026-03-01T09:00")
            for number in ["open", "stopped"] { try await accept(record, number, "2026-03-05T16:30") }
            try await record.on("2026-03-05T16:50", "stopped", Self.granted)
            try await record.catchUp()
            // Friday 6 March becomes a holiday: it goes on on the market Saturday.
            let off = CalendarHistory.Change.exception(DayException(day("2026-03-06"), .holiday, name: "x"))
            try await record.amend([off], on: "2026-03-05T17:10", notice: "notice 7")
            try await record.catchUp(portion: 1)
            // No market any more: it goes on on Monday.
            var plan = try ServiceMinuteTests.hall
            plan.marketDays = []
            try await record.set("hall", plan, at: "2026-03-05T17:20")
            try await record.catchUp(portion: 1)
            let moved = [
                "2026-03-05..2026-03-05 2026-03-06 running case.accepted/1",
                "2026-03-05..2026-03-05 2026-03-07 running calendar amended: notice 7",
                "now 2026-03-09 running service hours set: hall",
            ]
            #expect(try await record.history("open", "promise") == moved)
            #expect(try await record.history("stopped", "promise").last == "now 2026-03-06 stopped case.decided/1")
            // What comes afterwards is computed with them at once.
            try await accept(record, "new", "2026-03-06T10:00")
            try await record.catchUp()
            #expect(try await record.history("new", "promise") == ["now 2026-03-09 running case.accepted/1"])
            let rows = try await record.rows()
            try await ProjectionRunner(CaseClockProjection(portion: 2), on: record.log).rebuild(batchSize: 3)
            #expect(try await Set(record.rows()).symmetricDifference(rows).sorted() == [])
        }
    }

    @Test func `hours that hold from a day on leave a clock that was late as late as it was`() async throws {
        try await ClockRecord.run { record in
            try await record.set("hall", ServiceMinuteTests.hall, at: "2026-03-01T09:00")
            try await accept(record, "late", "2026-03-02T09:00")
            try await accept(record, "open", "2026-03-03T16:30")
            try await record.catchUp()
            let before = try await record.late("2026-03-03", clock: "promise")
            #expect(before == ["late promise 1"])
            // From Wednesday on closed on Mondays and Wednesdays, and no market; on all days it would make Tuesday the
            // due day of what began on Monday.
            var plan = try ServiceMinuteTests.hall
            plan.marketDays = []
            plan.weekly[.monday] = nil
            plan.weekly[.wednesday] = nil
            try await record.set("hall", plan, at: "2026-03-04T08:00", from: day("2026-03-04"))
            try await record.catchUp(portion: 1)
            #expect(try await record.history("late", "promise") == ["now 2026-03-02 running case.accepted/1"])
            #expect(
                try await record.history("open", "promise") == [
                    "2026-03-03..2026-03-04 2026-03-04 running case.accepted/1",
                    "now 2026-03-05 running service hours set: hall",
                ]
            )
            #expect(try await record.late("2026-03-03", known: "2026-03-04", clock: "promise") == before)
            let rows = try await record.rows()
            try await ProjectionRunner(CaseClockProjection(portion: 2), on: record.log).rebuild(batchSize: 3)
            #expect(try await Set(record.rows()).symmetricDifference(rows).sorted() == [])
            // The same for all days, as settings of before had it: now it is moved.
            try await record.set("hall", plan, at: "2026-03-04T09:00")
            try await record.catchUp()
            #expect(
                try await record.history("late", "promise").last == "now 2026-03-03 running service hours set: hall"
            )
        }
    }
}
