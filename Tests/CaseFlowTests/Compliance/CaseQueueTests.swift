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
    static func play(
        _ number: String,
        on day: String,
        _ steps: [CaseLife.Step],
        materials: [String] = CentreCase.all,
        item change: (inout ServiceItem) -> Void = { _ in },
        serviceCalendar: String? = nil,
        into record: ClockRecord
    ) async throws {
        var item = try SmallCatalogue.item()
        change(&item)
        var file = try CentreCase(item)
        file.serviceCalendars = serviceCalendar.map { [$0] } ?? []
        try file.go(to: day)
        var opening = file.opening(materials)
        opening.pin.serviceCalendar = serviceCalendar
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
            // What is assigned is in nobody else's queue, and in that of the unit.
            let unit = CaseQueue(seats: reviewers.seats, withAssigned: true)
            let all = try await unit.page(record.log, today: day("2026-03-03"), limit: 100).rows
            #expect(
                all.map { "\($0.case) \($0.task) \($0.assignee ?? "-")" }
                    == ["D visit -", "E visit -", "D papers -", "E papers reviewer"]
            )
            let own = CaseQueue(seats: [], officers: [OfficerID(trusted: "reviewer")])
            #expect(try await Self.shown(own, record) == ["E sign papers 2026-03-09"])
            // Pages follow each other without a gap.
            for (queue, wanted) in [
                (reviewers, ["D visit", "E visit", "D papers"]),
                (unit, ["D visit", "E visit", "D papers", "E papers"]),
            ] {
                var pages: [String] = []
                var after: String?
                repeat {
                    let page = try await queue.page(record.log, today: day("2026-03-03"), limit: 1, after: after)
                    pages += page.rows.map { "\($0.case) \($0.task)" }
                    after = page.next
                } while after != nil
                #expect(pages == wanted)
            }
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

    @Test func `what may follow keeps its own day when another day of the calendar changes`() async throws {
        let five = try #require(Limit(5, .workingDays))
        try await ClockRecord.run { record in
            let steps: [CaseLife.Step] = [
                (.materialDeferred("title", within: five), .window), (.accept, .window), (.sign("village"), .agent),
            ]
            try await Self.play("F", on: "2026-03-02", steps, materials: ["card"], into: record)
            try await record.catchUp()
            let window = CaseQueue(seats: [.init(unit: Self.hall, role: .window)])
            #expect(try await Self.shown(window, record) == ["F follow follow title 2026-03-09 waits"])
            let before = try await record.rows("case_tasks")
            // Behind the day by which the material is to follow, and before the promise ends.
            let holiday = CalendarHistory.Change.exception(DayException(day("2026-03-10"), .holiday, name: "storm"))
            try await record.amend([holiday], on: "2026-03-03", notice: "a storm")
            try await record.catchUp()
            #expect(try await Self.shown(window, record) == ["F follow follow title 2026-03-09 waits"])
            #expect(try await record.rows("case_tasks").count == before.count)
            // What the amendment leaves is what a rebuild writes, and what the clock itself says.
            let rows = try await record.rows("case_tasks")
            try await ProjectionRunner(CaseClockProjection(), on: record.log).rebuild()
            #expect(try await record.rows("case_tasks") == rows)
            #expect(
                try await record.history("F", "deferred-material").last?.hasPrefix("now 2026-03-09 running") == true
            )
        }
    }

    @Test func `within a day what is due at a moment comes first, by the moment`() async throws {
        let ninety = try #require(Limit(90, .serviceMinutes))
        try await ClockRecord.run { record in
            // Until the end of the same day.
            try await Self.play(
                "0",
                on: "2026-02-26",
                [(.accept, .window)],
                item: { item in
                    item.promise = Limit(3, .workingDays)
                    for index in item.stages.indices { item.stages[index].limit = nil }
                },
                into: record
            )
            try await record.set("hall", ServiceMinuteTests.hall, at: "2026-03-01T09:00")
            // The later one has the number that comes first.
            for (number, at) in [("B", "2026-03-02T09:00"), ("A", "2026-03-02T10:00")] {
                try await Self.play(
                    number,
                    on: at,
                    [(.accept, .window)],
                    item: { item in
                        (item.statute, item.promise) = (nil, ninety)
                        for index in item.stages.indices { item.stages[index].limit = nil }
                    },
                    serviceCalendar: "hall",
                    into: record
                )
            }
            try await record.catchUp()
            let agents = CaseQueue(seats: [.init(unit: UnitCode(trusted: "v01"), role: .agent)])
            var found: [CaseQueue.Row] = []
            var after: String?
            repeat {
                let page = try await agents.page(record.log, today: day("2026-03-02"), limit: 1, after: after)
                found += page.rows
                after = page.next
            } while after != nil
            #expect(found.map { "\($0.case) \($0.dueOn ?? "")" } == ["B 2026-03-02", "A 2026-03-02", "0 2026-03-02"])
            #expect(found.map(\.dueAt) == ["2026-03-02T02:40:00.000000Z", "2026-03-02T03:40:00.000000Z", nil])
        }
    }

    @Test func `a stage's clock is the delay of who has the stage, all others of who has the case`() async throws {
        try await ClockRecord.run { record in
            let steps: [CaseLife.Step] = [
                (.accept, .window), (.sign("village"), .agent),
                (.assigned(stage: "papers", to: OfficerID(trusted: "reviewer")), .reviewer),
            ]
            try await Self.play("K", on: "2026-03-02", steps, into: record)
            try await record.catchUp()
            func late(_ clock: String) async throws -> [String] {
                var question = try ClockRecord.question("2026-06-30")
                (question.filters.clock, question.light) = (clock, .red)
                return try await question.page(record.log, limit: nil).rows.map {
                    "\($0.stage ?? "-") \($0.unit ?? "-") \($0.department ?? "-") \($0.responsible ?? "-")"
                }.sorted()
            }
            #expect(try await late("stage") == ["papers forest forest reviewer", "visit forest forest -"])
            // Of the two stages the case lies with the one that stands first; nobody is named for it.
            #expect(try await late("promise") == ["- forest forest -"])
            var question = try ClockRecord.question("2026-06-30")
            question.filters.clock = "stage"
            let groups = try await question.groups(record.log, by: "department").groups
            #expect(groups.map { "\($0.group ?? "-") \($0.late)" } == ["forest 2", "v01 0"])
            (question.filters.department, question.filters.officer) = ("forest", "reviewer")
            #expect(try await question.page(record.log, limit: nil).rows.map(\.stage) == ["papers"])
        }
    }

    @Test func `a stage that is done again by another is that one's delay, and its first round stays the first's`()
        async throws
    {
        func assigned(_ officer: String) -> CaseLife.Step {
            (.assigned(stage: "papers", to: OfficerID(trusted: officer)), .approver)
        }
        try await ClockRecord.run { record in
            let steps: [CaseLife.Step] = [
                (.accept, .window), (.sign("village"), .agent), assigned("reviewer"), (.sign("visit"), .reviewer),
                (.sign("visit"), .reviewer2), (.sign("papers"), .reviewer),
                (.back("decision", to: "papers"), .approver),
                assigned("reviewer2"),
            ]
            try await Self.play("K", on: "2026-03-02", steps, into: record)
            try await record.catchUp()
            func papers(_ light: ClockReading.Light) async throws -> [String] {
                var question = try ClockRecord.question("2026-06-30")
                (question.filters.clock, question.light) = ("stage", light)
                return try await question.page(record.log, limit: nil).rows.filter { $0.stage == "papers" }
                    .map { "\($0.ordinal) \($0.unit ?? "-") \($0.responsible ?? "-")" }
            }
            let (first, second) = (try await papers(.green), try await papers(.red))
            #expect(first.count == 1 && first[0].hasSuffix(" forest reviewer"), "\(first)")
            #expect(second.count == 1 && second[0].hasSuffix(" forest reviewer2"), "\(second)")
            let rows = try await record.rows()
            try await ProjectionRunner(CaseClockProjection(), on: record.log).rebuild(batchSize: 3)
            #expect(try await record.rows() == rows)
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
