import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// The read tables of inspection, and the pages that are read from them.
@Suite("Inspection's read tables")
struct InspectionProjectionTests {
    private static let accepted = Case.ProcedureFact.accepted(isDeemed: false)

    private func catchUp(_ record: ClockRecord, portion: Int = 500) async throws {
        try await ProjectionRunner(InspectionProjection(portion: portion), on: record.log).catchUp()
    }

    /// The rows of the live generation, as JSON texts without what differs between generations.
    private func rows(_ record: ClockRecord, _ table: String) async throws -> [String] {
        let rows = try await record.log.pool.query(
            """
            SELECT (to_jsonb(t) - 'generation' - 'log_id')::text FROM caseflow.\(table) t
              JOIN caseflow.projections p USING (log_id, generation)
             WHERE log_id = $1 AND p.name = 'inspection' AND p.state = 'live' ORDER BY 1
            """,
            [record.log.id.rawValue]
        )
        return try rows.map { try $0.decode(0) }
    }

    private func all(_ record: ClockRecord) async throws -> [String] {
        try await rows(record, "case_findings") + rows(record, "case_holder_days")
            + rows(record, "case_after_entries")
    }

    private func found(_ record: ClockRecord, on day: String, _ change: (inout FindingsQuery) -> Void = { _ in })
        async throws -> [String]
    {
        var question = FindingsQuery(asOf: try CivilDate(day))
        change(&question)
        return try await question.page(record.log, limit: 100).rows.map {
            "\($0.case ?? $0.stream) \($0.rule) \($0.on)"
        }
    }

    @Test func `what lies ahead is found from its day on, and goes when something happens before`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-03-02")
            try await catchUp(record)
            #expect(try await found(record, on: "2026-03-09") == [])
            #expect(try await found(record, on: "2026-03-10") == ["1 missed-notice 2026-03-10"])
            #expect(
                try await found(record, on: "2026-03-17")
                    == ["1 idle-case 2026-03-17", "1 missed-notice 2026-03-10"]
            )
            try await record.on("2026-03-09", "1", Self.accepted)
            try await catchUp(record)
            #expect(try await found(record, on: "2026-03-17") == [])
            // The eleventh working day after the 9th has no step behind it.
            #expect(try await found(record, on: "2026-03-23") == [])
            #expect(try await found(record, on: "2026-03-24") == ["1 idle-case 2026-03-24"])
        }
    }

    @Test func `an amended calendar moves what is open, portion by portion, and a rebuild gives the same`() async throws
    {
        try await ClockRecord.run { record in
            for number in ["1", "2", "3"] { try await record.receive(number, on: "2026-03-02") }
            try await record.on("2026-03-03", "2", Self.accepted)
            try await record.on("2026-03-05", "2", .decided(isGranted: true, reasons: "", remedy: ""))
            try await record.on("2026-03-06", "2", .delivered(by: nil))
            try await catchUp(record)
            let day2 = try await rows(record, "case_holder_days").filter { $0.contains("\"case_number\": \"2\"") }
            // Friday 6 March becomes a day off.
            let off = CalendarHistory.Change.exception(DayException(day("2026-03-06"), .holiday, name: "x"))
            try await record.amend([off], on: "2026-03-08", notice: "notice 7")
            try await catchUp(record, portion: 1)
            #expect(
                try await found(record, on: "2026-03-11") == [
                    "3 missed-notice 2026-03-11", "1 missed-notice 2026-03-11",
                ]
            )
            #expect(try await found(record, on: "2026-03-10") == [])
            // What was over keeps the calendar of its end.
            let after = try await rows(record, "case_holder_days").filter { $0.contains("\"case_number\": \"2\"") }
            #expect(after == day2)
            let live = try await all(record)
            #expect(!live.isEmpty)
            try await ProjectionRunner(InspectionProjection(portion: 2), on: record.log).rebuild(batchSize: 3)
            #expect(try await all(record) == live)
        }
    }

    @Test func `a case that is set aside stays at what came before, also when a calendar changes`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-03-02")
            let strange = NewEvent(
                type: "case.of-the-future/1",
                effectiveAt: try moment("2026-03-03").timestamp,
                actor: Actor(trusted: "officer/1"),
                data: Array("{}".utf8)
            )
            try await record.add("case/1", strange, recordedAt: try moment("2026-03-03").timestamp)
            try await record.on("2026-03-04", "1", Self.accepted)
            try await catchUp(record)
            #expect(try await found(record, on: "2026-03-10") == ["1 missed-notice 2026-03-10"])
            let off = CalendarHistory.Change.exception(DayException(day("2026-03-06"), .holiday, name: "x"))
            try await record.amend([off], on: "2026-03-08", notice: "notice 7")
            try await catchUp(record)
            #expect(try await found(record, on: "2026-03-11") == ["1 missed-notice 2026-03-11"])
            let live = try await all(record)
            try await ProjectionRunner(InspectionProjection(), on: record.log).rebuild(batchSize: 2)
            let rebuilt = try await all(record)
            #expect(rebuilt == live)
        }
    }

    @Test func `cases keyed one after the other in the evening are one batch, of the officer and of each case`()
        async throws
    {
        try await ClockRecord.run { record in
            for number in 1...5 {
                try await record.receive("\(number)", on: "2026-03-04T10:0\(number)")
                try await record.on(
                    "2026-03-04T10:3\(number)",
                    "\(number)",
                    Self.accepted,
                    recordedOn: "2026-03-04T17:0\(number)"
                )
                if number == 4 {
                    try await catchUp(record)
                    #expect(try await found(record, on: "2026-03-05") == [])
                }
            }
            try await catchUp(record)
            #expect(try await found(record, on: "2026-03-05") == ["officer/1 batch-entry 2026-03-04"])
            #expect(try await found(record, on: "2026-03-05") { $0.officer = "1" }.count == 1)
            let stream = StreamName(trusted: "case/3")
            let ofCase = try await FindingsQuery.all(of: stream, in: record.log, asOf: day("2026-03-05"))
            #expect(ofCase.map(\.rule) == ["batch-entry"] && ofCase.first?.positions.count == 5)
            let live = try await all(record)
            try await ProjectionRunner(InspectionProjection(), on: record.log).rebuild(batchSize: 2)
            #expect(try await all(record) == live)
        }
    }

    @Test func `pages go on where the last one ended, under each filter, and refuse another question's cursor`()
        async throws
    {
        try await ClockRecord.run { record in
            for number in 1...7 { try await record.receive("\(number)", on: "2026-03-0\(number % 3 + 2)") }
            try await catchUp(record)
            var question = FindingsQuery(asOf: day("2026-05-01"))
            let whole = try await question.page(record.log, limit: 100).rows
            #expect(whole.count == 14)
            var (pages, next): ([FindingsQuery.Row], String?) = ([], nil)
            repeat {
                let page = try await question.page(record.log, limit: 3, after: next)
                pages += page.rows
                next = page.next
            } while next != nil
            #expect(pages == whole)
            #expect(whole.map(\.on) == whole.map(\.on).sorted(by: >))
            let cursor = try #require(try await question.page(record.log, limit: 3).next)
            question.rule = .idleCase
            await #expect(throws: FindingsQuery.WrongCursor.self) {
                try await question.page(record.log, limit: 3, after: cursor)
            }
            #expect(try await found(record, on: "2026-05-01") { $0.rule = .idleCase }.count == 7)
            #expect(try await found(record, on: "2026-05-01") { $0.heading = .inaction }.count == 14)
            #expect(try await found(record, on: "2026-05-01") { $0.heading = .slow } == [])
            #expect(try await found(record, on: "2026-05-01") { $0.item = "item-1" }.count == 14)
            #expect(try await found(record, on: "2026-05-01") { $0.unit = "nowhere" } == [])
        }
    }

    @Test func `a unit's days are listed case by case, the open ones as of today`() async throws {
        try await ClockRecord.run { record in
            for number in ["a", "b", "c"] {
                try await enter(number, record)
            }
            try await catchUp(record)
            let calendar = try #require(try TownshipCase.calendars.get().latest)
            func page(_ subject: HolderDaysQuery.Subject, _ limit: Int, _ after: String? = nil) async throws
                -> HolderDaysQuery.Page
            {
                try await HolderDaysQuery(of: subject, today: day("2026-03-09")) { _ in calendar }
                    .page(record.log, limit: limit, after: after)
            }
            let hall = HolderDaysQuery.Subject.unit(UnitCode(trusted: "hall"))
            let first = try await page(hall, 2)
            #expect(first.rows.map(\.case) == ["a", "b"])
            let second = try await page(hall, 2, first.next)
            #expect(second.rows.map(\.case) == ["c"] && second.next == nil)
            await #expect(throws: FindingsQuery.WrongCursor.self) {
                try await page(.unit(UnitCode(trusted: "v01")), 2, first.next)
            }
            // Received on the 2nd, accepted on the 4th: two days of the window; since then the village's.
            #expect(first.rows[0].days == 2 && first.rows[0].parts.map(\.kind) == ["window"])
            let village = try await page(.unit(UnitCode(trusted: "v01")), 10)
            #expect(village.rows.count == 3)
            #expect(village.rows[0].days == 3 && village.rows[0].parts.last?.isOpen == true)
            let officer = try await page(.officer(CentreCase.Hand.window.standing.officer), 10)
            #expect(officer.rows.map(\.days) == [2, 2, 2])
            // The parts of a case in the table are the parts of the case in the stream.
            let stream = StreamName(trusted: "case/a")
            let history = try await CaseHistory(stream, in: record.log)
            let clocks = try InspectedCase.felling().clocks
            let days = try #require(
                try HolderDays(history.record, clocks, asOf: day("2026-03-09"), knownAt: .latest)
            )
            #expect(days.whole.days == first.rows[0].days + village.rows[0].days)
        }
    }

    @Test func `what the deputy took in is the holder's, too: days and findings of either officer`() async throws {
        try await ClockRecord.run { record in
            var file = try CentreCase.felling()
            var opening = file.opening()
            let (deputy, holder) = (OfficerID(trusted: "b-1"), OfficerID(trusted: "a-1"))
            var standing = CentreCase.Hand.window.standing
            (standing.officer, standing.holder, standing.actingFor) = (deputy, .b, holder)
            opening.by = standing
            try file.take(.open(opening, at: file.at, under: file.law))
            try await record.play(file, as: "a")
            var own = try CentreCase.felling()
            try own.receive()
            try await record.play(own, as: "b")
            try await catchUp(record)
            let calendar = try #require(try TownshipCase.calendars.get().latest)
            for officer in [deputy, holder] {
                let question = HolderDaysQuery(of: .officer(officer), today: day("2026-03-11")) { _ in calendar }
                let rows = try await question.page(record.log, limit: 10).rows
                #expect(rows.map(\.case) == ["a"] && rows.map(\.days) == [7], "\(officer)")
                #expect(rows.first?.parts.map(\.actingFor) == ["a-1"])
                #expect(
                    try await found(record, on: "2026-03-11") { $0.officer = officer.rawValue }
                        == ["a missed-notice 2026-03-10"]
                )
            }
            #expect(
                try await found(record, on: "2026-03-11") { $0.officer = "window" } == ["b missed-notice 2026-03-10"]
            )
        }
    }

    @Test func `an event that cannot be read sets its case aside, and the others go on`() async throws {
        try await LiveCases.run { cases in
            try await cases.add("1", due: nil)
            try await cases.add("2", due: nil)
            try await cases.add("1", type: "case.of-the-future/1", json: "{}")
            try await ProjectionRunner(InspectionProjection(), on: cases.log).catchUp()
            let status = try #require(try await cases.log.projectionStatus().first { $0.name == "inspection" })
            #expect(status.parkedStreams == 1 && status.isComplete)
        }
    }

    /// A case of the catalogue that is accepted and lies with the village.
    private func enter(_ number: String, _ record: ClockRecord) async throws {
        var file = try CentreCase.felling()
        try file.receive()
        try file.go(to: "2026-03-04")
        try file.on(.accept, by: .window)
        try await record.play(file, as: number)
    }
}
