import EventStore
import Foundation
import Support
import Testing
import WorkingTime

@testable import CaseFlow

/// Whose a late clock is: with whom the case lay on the day that counts, as was known then.
@Suite("Late clocks: with whom it lay")
struct LateHolderTests {
    /// A clock of the answer: `v01/- village since 2026-03-04 stage village`.
    private func held(
        _ record: ClockRecord,
        _ clock: String,
        on day: String,
        known: String? = nil,
        _ number: String = "1",
        light: ClockReading.Light = .red
    ) async throws -> String {
        let row = try await row(record, clock, on: day, known: known, number, light: light)
        return "\(row.unit ?? "-")/\(row.responsible ?? "-") \(row.holder ?? "-") since \(row.heldSince ?? "-")"
    }

    private func row(
        _ record: ClockRecord,
        _ clock: String,
        on day: String,
        known: String? = nil,
        _ number: String = "1",
        light: ClockReading.Light = .red,
        in language: Language = .english
    ) async throws -> LateClocks.Row {
        var question = try ClockRecord.question(day, known: known)
        (question.filters.clock, question.light) = (clock, light)
        let rows = try await question.page(record.log, limit: nil, language).rows
        return try #require(rows.first { $0.case == number }, "\(clock) on \(day)")
    }

    /// Accepted on 4 March; the promise of ten days ends on the 18th.
    private func life() throws -> CentreCase {
        var file = try CentreCase.felling()
        try file.receive()
        try file.go(to: "2026-03-04")
        try file.on(.accept, by: .window)
        return file
    }

    @Test func `a clock that runs is with whom the case lies after the last event, known event by event`() async throws
    {
        try await ClockRecord.run { record in
            var file = try life()
            try file.go(to: "2026-03-20")
            try file.on(.sign("village"), by: .agent)
            try file.go(to: "2026-03-23")
            try file.on(.sign("papers"), by: .reviewer)
            let one = CentreCase.Hand.reviewer.standing.officer
            try file.on(.assigned(stage: "visit", to: one), by: .director)
            try await record.play(file, as: "1")
            try await record.catchUp()
            #expect(try await held(record, "promise", on: "2026-03-19") == "v01/- village since 2026-03-04")
            #expect(try await held(record, "promise", on: "2026-03-21") == "forest/- reviewer since 2026-03-20")
            #expect(try await held(record, "promise", on: "2026-03-24") == "forest/reviewer reviewer since 2026-03-23")
            // Asked later as known then, it is as it was.
            let before = try await row(record, "promise", on: "2026-03-24", known: "2026-03-21")
            #expect(before.responsible == nil && before.department == "forest")
            #expect(before.reason == "lies with reviewer forest, stage 'visit', since 2026-03-20")
            let chinese = try await row(record, "promise", on: "2026-03-24", in: .chinese)
            #expect(chinese.reason == "自 2026-03-23 起在审核 forest reviewer 处（环节“visit”）")
            #expect(chinese.event == "case.assigned/1")
            var question = try ClockRecord.question("2026-03-24")
            question.filters.officer = "reviewer"
            #expect(try await question.page(record.log, limit: nil).rows.contains { $0.clock == "promise" })
            question.filters.officer = "window"
            #expect(try await question.page(record.log, limit: nil).rows.isEmpty)
            let rows = try await record.rows()
            try await ProjectionRunner(CaseClockProjection(), on: record.log).rebuild(batchSize: 3)
            #expect(try await record.rows() == rows)
        }
    }

    @Test func `one that stopped late is with who had it when the limit ended, one in time with who had it last`()
        async throws
    {
        try await ClockRecord.run { record in
            var file = try life()
            try file.go(to: "2026-03-05")
            try file.on(.sign("village"), by: .agent)
            for hand in [CentreCase.Hand.reviewer, .reviewer2] { try file.on(.sign("visit"), by: hand) }
            // The papers lay there when the promise ended; the approver took it over the day after.
            try file.go(to: "2026-03-19")
            try file.on(.sign("papers"), by: .reviewer)
            try file.go(to: "2026-03-24")
            try file.on(.grant, by: .approver)
            try await record.play(file, as: "1")
            try await record.catchUp()
            #expect(try await held(record, "promise", on: "2026-03-20") == "forest/- approver since 2026-03-19")
            #expect(try await held(record, "promise", on: "2026-03-25") == "forest/- reviewer since 2026-03-05")
            let late = try await row(record, "promise", on: "2026-03-25")
            #expect(
                late.reason
                    == "lay with reviewer forest, stage 'papers', since 2026-03-05 when the limit ended on 2026-03-18"
            )
            #expect(
                try await held(record, "decision", on: "2026-03-25", light: .green)
                    == "forest/- approver since 2026-03-19"
            )
            #expect(try await held(record, "stage", on: "2026-03-25") == "forest/- reviewer since 2026-03-05")
        }
    }

    @Test func `the window has the notice, the citizen what is missing, the county what went up`() async throws {
        try await ClockRecord.run { record in
            var file = try CentreCase.felling()
            try file.receive()
            try await record.play(file, as: "1")
            var noticed = try CentreCase.felling()
            try noticed.receive(["card"])
            try noticed.on(.supplementNoticed(materials: ["title"], within: Limit(5, .workingDays)), by: .window)
            try await record.play(noticed, as: "2")
            var county = try CentreCase.forwarded()
            try county.receive()
            try county.on(.accept, by: .window)
            try county.on(.sign("review"), by: .reviewer)
            try county.go(to: "2026-03-04")
            let unit = UnitCode(trusted: "county-forest")
            try county.on(.forwarded(stage: "county", to: unit, reference: "Z-7"), by: .reviewer2)
            try await record.play(county, as: "3")
            try await record.catchUp()
            #expect(try await held(record, "notice", on: "2026-03-10") == "hall/window window since 2026-03-02")
            let waiting = try await row(record, "supplement", on: "2026-03-16", "2")
            #expect(waiting.unit == "hall" && waiting.responsible == nil && waiting.holder == "citizen")
            #expect(waiting.reason == "waits for the citizen since 2026-03-02")
            let up = try await row(record, "decision", on: "2026-04-10", "3")
            #expect(up.unit == "county-forest" && up.responsible == nil && up.holder == "county")
            #expect(up.reason == "waits for the county's answer (county-forest) since 2026-03-04")
        }
    }

    /// Every answer by all lights, as the bytes of its rows.
    private func answers(_ record: ClockRecord, known: String) async throws -> [Data] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var answers: [Data] = []
        for asOf in [known, "2026-03-13", "2026-03-31"] {
            for light in ClockReading.Light.allCases {
                var question = try ClockRecord.question(asOf, known: known, sort: .case)
                question.light = light
                for language in Language.allCases {
                    let rows = try await question.page(record.log, limit: nil, language).rows
                    answers.append(try encoder.encode(rows))
                }
            }
        }
        return answers
    }

    @Test(arguments: [UInt64(20_261_122), UInt64.random(in: .min ... .max)])
    func `what was known of a delay's holder stays known, whatever happens and is recorded later`(seed: UInt64)
        async throws
    {
        var lives = try RandomLives(seed: seed)
        var events: [(stream: String, entry: CaseRecord.Entry)] = []
        for number in 0..<30 {
            let life = try lives.next()
            for entry in life.record.entries { events.append(("\(number)", entry)) }
        }
        events.sort {
            ($0.entry.recordedAt, $0.stream, $0.entry.position) < ($1.entry.recordedAt, $1.stream, $1.entry.position)
        }
        try await ClockRecord.run { record in
            var before: [(known: String, answers: [Data])] = []
            let parts = 4
            for part in 0..<parts {
                let (first, end) = (events.count * part / parts, events.count * (part + 1) / parts)
                for (stream, entry) in events[first..<end] {
                    var event = entry.event
                    if case .received(_, let at, let attributes, let intake) = event.fact {
                        event.fact = .received(
                            number: CaseNumber(trusted: stream),
                            at: at,
                            attributes: attributes,
                            intake: intake
                        )
                    }
                    let new = Case.Coding.encode(event, actor: entry.actor)
                    try await record.add("case/\(stream)", new, recordedAt: entry.recordedAt)
                }
                try await record.catchUp()
                // What comes is recorded on the day of the last event, or later.
                let last = try #require(Moment.day(of: events[end - 1].entry.recordedAt, in: TownshipCase.zone))
                let known = try #require(last.adding(days: -1)).description
                before.append((known, try await answers(record, known: known)))
            }
            for (known, answers) in before {
                #expect(try await self.answers(record, known: known) == answers, "known \(known), seed \(seed)")
            }
            #expect(Set(before.flatMap(\.answers)).count > 10, "seed \(seed)")
            let rows = try await record.rows()
            #expect(Set(rows.compactMap { $0.firstMatch(of: /"holder": "([a-z]+)"/)?.1 }).count > 4, "seed \(seed)")
            try await ProjectionRunner(CaseClockProjection(), on: record.log).rebuild(batchSize: 7)
            #expect(Set(try await record.rows()).symmetricDifference(rows).sorted() == [], "seed \(seed)")
        }
    }

    @Test func `a case that is not of the catalogue is whose its source says`() async throws {
        try await ClockRecord.run { record in
            try await record.receive("1", on: "2026-03-02", attributes: ["unit": "town-1", "responsible": "officer/2"])
            try await record.catchUp()
            let row = try await row(record, "notice", on: "2026-03-10")
            #expect(row.unit == "town-1" && row.responsible == "officer/2" && row.holder == nil && row.heldSince == nil)
            #expect(row.reason == "its source names town-1 officer/2")
            try await record.receive("2", on: "2026-03-02")
            try await record.catchUp()
            let silent = try await self.row(record, "notice", on: "2026-03-10", "2")
            #expect(silent.reason == "the record does not say with whom it lies")
        }
    }
}
