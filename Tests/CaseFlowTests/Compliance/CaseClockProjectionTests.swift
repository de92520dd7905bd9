import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

/// What was known of clocks, and when.
@Suite("Clocks as known on a day")
struct CaseClockProjectionTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)
    private static let granted = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")

    @Test func `a decision that is entered late was late as known before, and is not as known after`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-02-10")
            try await record.on("2026-02-10", "1", Self.accepted)
            try await record.on("2026-03-16", "1", Self.granted, recordedOn: "2026-03-20")
            try await record.catchUp()
            #expect(try await record.late("2026-03-16", clock: "decision") == [])
            #expect(try await record.late("2026-03-18", clock: "decision") == ["1 decision 2"])
            #expect(try await record.late("2026-03-18", known: "2026-03-20", clock: "decision") == [])
            #expect(try await record.late("2026-03-20", clock: "decision") == [])
            // The same question a year later: the record goes on, the answer stays.
            try await record.on("2026-03-25", "1", .delivered(by: nil))
            try await record.receive("2", on: "2027-03-01")
            try await record.catchUp()
            #expect(try await record.late("2026-03-18", known: "2026-03-18", clock: "decision") == ["1 decision 2"])
            let history = try await record.history("1", "decision")
            #expect(
                history == [
                    "2026-02-10..2026-03-20 2026-03-16 running case.accepted/1",
                    "now 2026-03-16 stopped case.decided/1",
                ]
            )
        }
    }

    @Test func `an acceptance by lapse is seen from the sixth day on, and then from the receipt`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-02-10")
            try await record.on("2026-02-10", "1", .accepted(isDeemed: true), recordedOn: "2026-02-25")
            try await record.catchUp()
            // Day 5 is 2026-02-24: due that day, late the day after; nobody knows of an acceptance.
            #expect(try await record.late("2026-02-24") == [])
            #expect(try await record.late("2026-02-25", known: "2026-02-24") == ["1 notice 1"])
            // As known on day 6: lapsed on the day after the last, one day late for ever; decided from the receipt on.
            #expect(try await record.late("2026-02-25") == ["1 notice 1"])
            #expect(try await record.late("2026-03-01", known: "2026-03-01") == ["1 notice 1"])
            #expect(try await record.late("2026-02-24", known: "2026-02-25") == [])
            #expect(try await record.history("1", "decision") == ["now 2026-03-16 running case.accepted/1"])
            var closed = try ClockRecord.question("2026-03-17")
            closed.state = .open
            #expect(try await closed.page(record.log, limit: 5).rows.map(\.clock) == ["decision"])
            closed.state = .closed
            #expect(try await closed.page(record.log, limit: 5).rows.map(\.phase) == ["lapsed"])
        }
    }

    @Test func `a lapse that is on record has stopped its clock, also when an amendment was faster`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-02-10")
            // Day 5 was 24 February when the lapse was decided, and a day off when it was recorded.
            let off = CalendarHistory.Change.exception(DayException(day("2026-02-24"), .holiday, name: "x"))
            try await record.amend([off], on: "2026-02-25T08:30", notice: "notice 9")
            try await record.on("2026-02-10", "1", .accepted(isDeemed: true), recordedOn: "2026-02-25")
            try await record.catchUp()
            #expect(try await record.history("1", "notice").last == "now 2026-02-25 lapsed case.accepted/1")
            #expect(try await record.late("2026-03-02", clock: "notice") == [])
        }
    }

    @Test func `an amended calendar moves what is open, with the reason, and nothing that has stopped`() async throws {
        try await ClockRecord.run { record in
            for number in ["open", "stopped", "paused", "early"] {
                try await record.receive(
                    number,
                    on: "2026-03-02",
                    promise: Limit(number == "early" ? 3 : 15, .workingDays)
                )
                try await record.on("2026-03-02", number, Self.accepted)
            }
            try await record.on(
                "2026-03-03",
                "paused",
                .suspended(ground: "hearing", told: #require(Limit(5, .workingDays)))
            )
            try await record.on("2026-03-05", "paused", .resumed)
            try await record.on("2026-03-04", "stopped", Self.granted)
            try await record.catchUp()
            let before = try await record.rows().filter { $0.contains("\"known_to\": \"infinity\"") }.count
            // Friday 20 March becomes a day off.
            let off = CalendarHistory.Change.exception(DayException(day("2026-03-20"), .holiday, name: "x"))
            try await record.amend([off], on: "2026-03-06", notice: "notice 7")
            try await record.catchUp(portion: 3)
            #expect(
                try await record.history("open", "promise") == [
                    "2026-03-02..2026-03-06 2026-03-23 running case.accepted/1",
                    "now 2026-03-24 running calendar amended: notice 7",
                ]
            )
            #expect(try await record.history("stopped", "promise").last == "now 2026-03-23 stopped case.decided/1")
            #expect(try await record.history("early", "promise").count == 1)
            #expect(
                try await record.history("paused", "promise").suffix(2) == [
                    "2026-03-05..2026-03-06 2026-03-25 running case.resumed/1",
                    "now 2026-03-26 running calendar amended: notice 7",
                ]
            )
            #expect(
                try await record.late("2026-03-24", known: "2026-03-05", clock: "promise").contains("open promise 1")
            )
            #expect(try await record.late("2026-03-24", known: "2026-03-06", clock: "promise") == ["early promise 19"])
            let after = try await record.rows().filter { $0.contains("\"known_to\": \"infinity\"") }.count
            #expect(before == after)
            #expect(try await record.rows("case_clock_revisions").count == 1)
            // What came later was computed with the new calendar at once.
            try await record.receive("new", on: "2026-03-09", promise: Limit(15, .workingDays))
            try await record.on("2026-03-09", "new", Self.accepted)
            try await record.catchUp()
            #expect(try await record.history("new", "promise") == ["now 2026-03-31 running case.accepted/1"])
        }
    }

    @Test func `a calendar that another machine's clock confirms earlier than the log does moves what is open, too`()
        async throws
    {
        try await ClockRecord.run { record in
            for number in ["1", "2"] {
                try await record.receive(number, on: "2026-03-06", promise: Limit(15, .workingDays))
                try await record.on("2026-03-06", number, Self.accepted)
            }
            try await record.catchUp()
            // It stands behind the acceptances of nine o'clock, and says half past eight.
            let off = CalendarHistory.Change.exception(DayException(day("2026-03-20"), .holiday, name: "x"))
            try await record.amend([off], on: "2026-03-06T08:30", notice: "notice 7")
            try await record.on("2026-03-06", "2", .stageBegun("s", within: Limit(2, .workingDays)))
            try await record.catchUp()
            let moved = ["now 2026-03-30 running calendar amended: notice 7"]
            #expect(try await record.history("1", "promise") == moved)
            #expect(try await record.history("2", "promise") == moved)
            let rows = try await record.rows()
            try await ProjectionRunner(CaseClockProjection(portion: 1), on: record.log).rebuild(batchSize: 1)
            #expect(try await record.rows() == rows)
        }
    }

    @Test func `whether an extension came in time is judged once, by the calendar that was known then`() async throws {
        try await ClockRecord.run { record in
            let extended = try Case.ProcedureFact.extended(
                #require(ClockName(rawValue: "decision")),
                by: #require(Limit(10, .workingDays)),
                authority: "organ-head",
                reason: "r"
            )
            for number in ["late", "in time"] {
                try await record.receive(number, on: "2026-03-02")
                try await record.on("2026-03-02", number, Self.accepted)
            }
            // Due on Monday 30 March.
            try await record.on("2026-03-30", "in time", extended)
            try await record.on("2026-03-31", "late", extended)
            try await record.catchUp()
            // The last day becomes a day off, so the late one would have come in time;
            // and the weekend before it becomes working days, so the other one would have come late.
            let changes = [("2026-03-30", DayException.Kind.holiday)].map {
                CalendarHistory.Change.exception(DayException(day($0.0), $0.1, name: "x"))
            }
            try await record.amend(changes, on: "2026-04-01", notice: "notice 8")
            try await record.catchUp()
            let last = try await record.history("late", "decision").last
            #expect(last == "now 2026-03-31 running calendar amended: notice 8")
            let weekend = ["2026-03-28", "2026-03-29"].map {
                CalendarHistory.Change.exception(DayException(day($0), .makeUp, name: "x"))
            }
            try await record.amend(weekend, on: "2026-04-02", notice: "notice 9", entry: 2)
            try await record.catchUp()
            #expect(
                try await record.history("in time", "decision").last
                    == "now 2026-04-13 running calendar amended: notice 9"
            )
        }
    }

    @Test func `what a clock ahead of ours recorded is known now`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-03-02", promise: Limit(5, .workingDays))
            try await record.on("2026-03-02", "1", Self.accepted)
            try await record.catchUp()
            var question = try ClockRecord.question("2026-04-30", known: "2026-03-01")
            question.filters.clock = "promise"
            #expect(try await question.page(record.log, limit: 5).rows.isEmpty)
            question.isNow = true
            #expect(try await question.page(record.log, limit: 5).rows.map(\.case) == ["1"])
            #expect(try await question.count(record.log) == 1)
            #expect(try await question.groups(record.log, by: "clock").total == 1)
        }
    }

    @Test func `yellow begins when nine tenths are used or a day is left, as the clock reads`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-02-10", promise: Limit(5, .workingDays))
            try await record.on("2026-02-10", "1", Self.accepted)
            try await record.catchUp()
            for text in [
                "2026-02-10", "2026-02-13", "2026-02-14", "2026-02-23", "2026-02-24", "2026-02-25", "2026-03-12",
                "2026-03-13", "2026-03-16", "2026-03-17",
            ] {
                for clock in ["notice", "decision", "promise"] {
                    var lights: [String] = []
                    for light in ClockReading.Light.allCases {
                        var question = try ClockRecord.question(text, known: "2026-02-10")
                        question.light = light
                        question.filters.clock = clock
                        lights += try await question.page(record.log, limit: 5).rows.map(\.light)
                        #expect(try await question.count(record.log) == (lights.last == light.rawValue ? 1 : 0))
                    }
                    let reader = CaseClocks(try ClockRecord.rules.get(), zone: TownshipCase.zone) { _ in
                        try TownshipCase.calendars.get().latest
                    }
                    let moment = try Moment.endOfDay(day("2026-02-10"), in: TownshipCase.zone)
                    let readings = try reader.readings(
                        of: #require(record.ledgers["1"]),
                        asOf: day(text),
                        knownAt: moment
                    )
                    let reading = try #require(readings.first { $0.rule.name.rawValue == clock })
                    #expect(lights == [reading.light.rawValue], "\(clock) on \(text)")
                }
            }
        }
    }

    @Test func `rules that the program does not have set the case aside, and no other`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-03-02")
            let json =
                #"{"at":"2026-03-02T09:00:00+08:00","pack":"other","version":1,"digest":"x","handling":"single"}"#
            let pin = NewEvent(
                type: "case.rules-pinned/1",
                effectiveAt: .init(microseconds: 0),
                actor: Actor(trusted: "officer/1"),
                data: Array(json.utf8)
            )
            try await record.add("case/1", pin, recordedAt: zoned("2026-03-03T09:00:00+08:00").timestamp)
            try await record.receive("2", on: "2026-03-04")
            try await record.catchUp()
            let parked = try await record.log.pool.query(
                "SELECT stream, reason FROM caseflow.parked_streams WHERE log_id = $1",
                [record.log.id.rawValue]
            )
            #expect(try parked.map { try $0.decode(0, as: String.self) } == ["case/1"])
            #expect(
                try parked.first?.decode(1, as: String.self)
                    == "the rules other 1 are not here: see CASEFLOW_RULE_PACKS"
            )
            #expect(try await record.late("2026-03-30") == ["1 notice 21", "2 notice 19"])
        }
    }
}
