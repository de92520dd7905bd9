import CaseFlow
import EventStore
import Testing
import WorkingTime

/// Queues: what is to be done, by whom, least time left first.
@Suite("Queues")
struct CaseQueueTests {
    private static let forest = UnitCode(trusted: "forest")
    private static let hall = UnitCode(trusted: "hall")

    /// Plays a case of the catalogue into a record; the case's number is its own.
    private static func play(
        _ number: String,
        on day: String,
        _ steps: [CaseLife.Step],
        materials: [String] = CentreCase.all,
        into record: ClockRecord
    ) async throws {
        var file = try CentreCase.felling()
        try file.go(to: day)
        var opening = file.opening(materials)
        opening.number = CaseNumber(trusted: number)
        try file.take(.open(opening, at: file.at, under: file.law))
        for step in steps { try file.on(step.fact, by: step.hand) }
        for (index, event) in file.events.enumerated() {
            let stored = Case.Coding.encode(event, actor: Actor(trusted: "officer/1"))
            let at = event.effectiveAt.advanced(byMicroseconds: 1_000_000 + Int64(index))
            try await record.add("case/\(number)", stored, recordedAt: at)
        }
    }

    private static func shown(_ queue: CaseQueue, _ record: ClockRecord, limit: Int = 100) async throws -> [String] {
        try await queue.page(record.log, today: day("2026-03-03"), limit: limit).rows.map {
            "\($0.case) \($0.act) \($0.task) \($0.dueOn ?? "-")\($0.isWaiting ? " waits" : "")"
        }
    }

    @Test func `what is to be done follows the case, and least time left comes first`() async throws {
        try await ClockRecord.run { record in
            let village: [CaseLife.Step] = [(.accept, .window), (.sign("village"), .agent)]
            try await Self.play("A", on: "2026-03-03", [], into: record)
            try await Self.play("B", on: "2026-03-02", [], into: record)
            try await Self.play(
                "C",
                on: "2026-03-02",
                [(.supplementNoticed(materials: ["title"], within: nil), .window)],
                materials: ["card"],
                into: record
            )
            try await Self.play("D", on: "2026-03-02", village, into: record)
            try await Self.play(
                "E",
                on: "2026-03-02",
                village + [(.sign("visit"), .reviewer)] + [
                    (.assigned(stage: "papers", to: OfficerID(trusted: "reviewer")), .reviewer)
                ],
                into: record
            )
            try await record.catchUp()
            let window = CaseQueue(seats: [.init(unit: Self.hall, role: .window)])
            #expect(
                try await Self.shown(window, record) == [
                    "B accept accept 2026-03-09", "A accept accept 2026-03-10", "C supplement supplement - waits",
                ]
            )
            // A stage has its own limit: the visit 4 working days, the papers 5.
            let reviewers = CaseQueue(seats: [.init(unit: Self.forest, role: .reviewer)])
            #expect(
                try await Self.shown(reviewers, record)
                    == ["D sign visit 2026-03-06", "E sign visit 2026-03-06", "D sign papers 2026-03-09"]
            )
            // What is assigned is in nobody else's queue.
            let own = CaseQueue(seats: [], officers: [OfficerID(trusted: "reviewer")])
            #expect(try await Self.shown(own, record) == ["E sign papers 2026-03-09"])
            // Pages follow each other without a gap.
            var pages: [String] = []
            var after: String?
            repeat {
                let page = try await reviewers.page(record.log, today: day("2026-03-03"), limit: 1, after: after)
                pages += page.rows.map { "\($0.case) \($0.task)" }
                after = page.next
            } while after != nil
            #expect(pages == ["D visit", "E visit", "D papers"])
            await #expect(throws: CaseQueue.WrongCursor.self) {
                try await reviewers.page(record.log, today: day("2026-03-03"), limit: 1, after: "x")
            }
        }
    }

    @Test func `an amended calendar moves what hangs on it, and a suspension puts it last`() async throws {
        try await ClockRecord.run { record in
            let village: [CaseLife.Step] = [(.accept, .window), (.sign("village"), .agent)]
            try await Self.play("D", on: "2026-03-02", village, into: record)
            try await Self.play(
                "S",
                on: "2026-03-02",
                village + [(.suspended(ground: "testing", told: Limit(3, .workingDays) ?? .none), .reviewer)],
                into: record
            )
            try await record.catchUp()
            let reviewers = CaseQueue(seats: [.init(unit: Self.forest, role: .reviewer)])
            #expect(
                try await Self.shown(reviewers, record) == [
                    "D sign visit 2026-03-06", "D sign papers 2026-03-09", "S sign papers 2026-03-05 waits",
                    "S sign visit 2026-03-05 waits",
                ]
            )
            let holiday = CalendarHistory.Change.exception(DayException(day("2026-03-05"), .holiday, name: "storm"))
            try await record.amend([holiday], on: "2026-03-03", notice: "a storm")
            try await record.catchUp()
            #expect(
                try await Self.shown(reviewers, record).prefix(2)
                    == ["D sign visit 2026-03-09", "D sign papers 2026-03-10"]
            )
        }
    }

    @Test func `a finished case is in no queue, a poor rating is`() async throws {
        let issued = CaseLife.states.first { $0.name == "issued" }?.steps ?? []
        try await ClockRecord.run { record in
            try await Self.play("X", on: "2026-03-02", issued, into: record)
            try await Self.play("Y", on: "2026-03-02", issued + [(.delivered(by: .window), .window)], into: record)
            try await Self.play(
                "Z",
                on: "2026-03-02",
                issued + [(.delivered(by: .window), .window), (.rated(.dissatisfied, followUp: nil), .window)],
                into: record
            )
            try await record.catchUp()
            let all = CaseQueue(
                seats: OfficerRole.allCases.flatMap { role in
                    [Self.hall, Self.forest].map { CaseQueue.Seat(unit: $0, role: role) }
                }
            )
            #expect(
                try await Self.shown(all, record) == [
                    "Z call-back call-back 2026-03-09", "X deliver deliver 2026-03-16",
                ]
            )
        }
    }
}
