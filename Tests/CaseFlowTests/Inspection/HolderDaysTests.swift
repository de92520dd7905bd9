import CaseFlow
import EventStore
import Support
import Testing
import WorkingTime

/// Whose days they were. March 2026 begins on a Sunday; it has no holidays.
@Suite("Holder days")
struct HolderDaysTests {
    @Test func `a plain life goes from hand to hand, each day to whose it was in the morning`() throws {
        var life = try InspectedCase.felling()
        try life.receive(on: "2026-03-02")
        try life.on("2026-03-04", .accept, by: .window)
        try life.on("2026-03-06", .sign("village"), by: .agent)
        try life.on("2026-03-09", .sign("papers"), by: .reviewer)
        try life.on("2026-03-11", .sign("visit"), by: .reviewer)
        try life.on("2026-03-11", .sign("visit"), by: .reviewer2)
        try life.on("2026-03-13", .grant, by: .approver)
        try life.on("2026-03-16", .seal(), by: .keeper)
        try life.on("2026-03-17", .issue, by: .window)
        try life.on("2026-03-18", .delivered(by: .window), by: .window)
        // Nobody was named for a stage, so its days are the unit's, whoever signed in the end. Both departments' stages began with the village's certificate: the first of the item bears the days.
        let whole = """
            window window 2, village 2, reviewer 3, approver 2, keeper keeper 1, window 2
            """
        #expect(try life.told(asOf: "2026-03-31") == whole)
        #expect(
            try life.told(asOf: "2026-03-31", clock: "decision")
                == "village 2, reviewer 3, approver 2"
        )
        #expect(try life.told(asOf: "2026-03-31", clock: "stage", stage: "papers") == "reviewer 1")
        #expect(try life.told(asOf: "2026-03-31", clock: "stage", stage: "visit") == "reviewer 3")
        #expect(try life.told(asOf: "2026-03-31", clock: "delivery") == "keeper keeper 1, window 2")
        let split = try #require(try life.days(asOf: "2026-03-31")?.whole)
        #expect(split.days == 12 && !split.isOpen && split.through == day("2026-03-18"))
        #expect(split.spans.first.map { [$0.begunBy, $0.endedBy] } == [1, 4])
        #expect(split.spans.last?.endedBy != nil)
    }

    @Test func `what lies open grows with the day asked about`() throws {
        var life = try InspectedCase.felling()
        try life.receive(on: "2026-03-02")
        #expect(try life.told(asOf: "2026-03-01") == "nothing")
        #expect(try life.told(asOf: "2026-03-02") == "")
        #expect(try life.told(asOf: "2026-03-03") == "window window 1")
        try life.on("2026-03-03", .accept, by: .window)
        // Nobody has signed yet: it is the station's, and nobody's by name.
        #expect(try life.told(asOf: "2026-03-08") == "window window 1, village 3")
        let last = try #require(try life.days(asOf: "2026-03-08")?.whole.spans.last)
        #expect(last.holder.unit?.rawValue == "v01" && last.endedBy == nil)
        #expect(last.through == day("2026-03-06"))
    }

    @Test func `the citizen has the days of a supplement, and of the last material that may follow`() throws {
        var life = try InspectedCase.felling()
        let five = try #require(Limit(5, .workingDays))
        try life.receive(["card"], on: "2026-03-02")
        try life.on("2026-03-03", .supplementNoticed(materials: ["title"], within: five), by: .window)
        try life.on("2026-03-06", .supplementReceived(materials: ["title"], isComplete: true), by: .window)
        try life.on(nil, .accept, by: .window)
        #expect(try life.told(asOf: "2026-03-09") == "window window 1, citizen 3, village 1")
        #expect(try life.told(asOf: "2026-03-09", clock: "supplement") == "citizen 3")

        var other = try InspectedCase.felling()
        try other.receive(["card"], on: "2026-03-02")
        try other.on(nil, .materialDeferred("title", within: five), by: .window)
        try other.on(nil, .accept, by: .window)
        try other.on("2026-03-03", .sign("village"), by: .agent)
        try other.on("2026-03-04", .sign("papers"), by: .reviewer)
        try other.on(nil, .sign("visit"), by: .reviewer)
        try other.on(nil, .sign("visit"), by: .reviewer2)
        try other.on("2026-03-06", .materialFollowed("title"), by: .window)
        try other.on("2026-03-09", .grant, by: .approver)
        // Nothing else was outstanding on the 5th and the 6th.
        let told = "village 1, reviewer 1, citizen 2, approver 1"
        #expect(try other.told(asOf: "2026-03-09") == told)
        #expect(try other.told(asOf: "2026-03-09", clock: "deferred-material", stage: "title") == "citizen 4")
    }

    @Test func `a pause is nobody's, and one that came too late is no excuse`() throws {
        let five = try #require(Limit(5, .workingDays))
        var life = try InspectedCase.felling()
        try life.receive(on: "2026-03-02")
        try life.on(nil, .accept, by: .window)
        try life.on("2026-03-04", .suspended(ground: "testing", told: five), by: .reviewer)
        try life.on("2026-03-09", .resumed, by: .reviewer)
        // The day of the pause still counts, that of the resumption does not.
        #expect(try life.told(asOf: "2026-03-10") == "village 2, suspended reviewer 3, village 1")
        #expect(try life.told(asOf: "2026-03-10", clock: "decision") == "village 3")
        #expect(try life.told(asOf: "2026-03-10", clock: "told-length") == "suspended reviewer 3")

        var late = try InspectedCase.felling()
        try late.receive(on: "2026-03-02")
        try late.on(nil, .accept, by: .window)
        try late.stands(
            .suspended(ground: "testing", told: five),
            at: "2026-03-04",
            by: .reviewer,
            recordedAt: "2026-04-02"
        )
        // Recorded after the limit of 20 working days: the clock ran on, and so did the station's days.
        #expect(try late.told(asOf: "2026-04-02", clock: "decision") == "village 23")
        // In the whole case it is no excuse, either.
        #expect(try late.told(asOf: "2026-04-02") == "village 23")
        #expect(try late.days(asOf: "2026-04-02")?.whole.spans.map(\.endedBy) == [nil])
    }

    @Test func `the county has it from the papers' going up until its answer`() throws {
        var life = try InspectedCase.forwarded()
        try life.receive(on: "2026-03-02")
        try life.on(nil, .accept, by: .window)
        try life.on("2026-03-04", .sign("review"), by: .reviewer)
        let county = UnitCode(trusted: "county-forest")
        try life.on("2026-03-06", .forwarded(stage: "county", to: county, reference: "Z-7"), by: .reviewer2)
        try life.on(
            "2026-03-12",
            .answered(stage: "county", .granted, reference: "X-9", reasons: "", remedy: ""),
            by: .county
        )
        // Until the papers went up they lay where they were worked on last.
        let told = "reviewer 4, county 4, window 2"
        try life.on("2026-03-16", .issue, by: .window)
        #expect(try life.told(asOf: "2026-03-16") == told)
    }

    @Test func `days are the assignee's until the deputy has acted, and nobody's by name before`() throws {
        var life = try InspectedCase.felling()
        try life.receive(on: "2026-03-02")
        try life.on(nil, .accept, by: .window)
        try life.on(nil, .sign("village"), by: .agent)
        let reviewer = CentreCase.Hand.reviewer.standing.officer
        try life.on("2026-03-03", .assigned(stage: "visit", to: reviewer), by: .director)
        #expect(try life.told(asOf: "2026-03-05") == "reviewer 1, reviewer reviewer 2")
        var deputy = CentreCase.Hand.reviewer2.standing
        (deputy.holder, deputy.actingFor) = (.b, reviewer)
        try life.stands(.sign("visit"), at: "2026-03-05", standing: deputy)
        #expect(
            try life.told(asOf: "2026-03-06")
                == "reviewer 1, reviewer reviewer 2, reviewer 1"
        )
    }

    @Test func `what the village received is the deputy's with both names, and a lapse changes nothing about that`()
        throws
    {
        var life = try InspectedCase.felling()
        let agent = CentreCase.Hand.agent.standing
        try life.receive(by: .agent, on: "2026-03-02")
        #expect(try life.told(asOf: "2026-03-04") == "village agent 2")
        // It counts as accepted since the receipt: by the record others have had it since.
        try life.stands(.accepted(isDeemed: true), at: "2026-03-02", by: .director, recordedAt: "2026-03-10")
        try life.stands(
            .stageBegun(
                "papers",
                within: nil,
                with: Case.StageSeat(kind: .review, unit: UnitCode(trusted: "forest"), role: .reviewer)
            ),
            at: "2026-03-02",
            by: .director,
            recordedAt: "2026-03-10"
        )
        #expect(try life.told(asOf: "2026-03-12", clock: "notice") == "village \(agent.officer) 6")
        #expect(try life.told(asOf: "2026-03-04") == "reviewer 2")
    }

    @Test func `nobody has a case between its end and its reopening`() throws {
        var life = try InspectedCase.felling()
        try life.receive(on: "2026-03-02")
        try life.on("2026-03-03", .withdrawn, by: .window)
        try life.give("2026-03-10") {
            .reopen(at: $0, reason: "new title", under: $1, by: CentreCase.Hand.director.standing)
        }
        #expect(try life.told(asOf: "2026-03-12") == "window window 1, window window 2")
        #expect(try life.days(asOf: "2026-03-09")?.whole.isOpen == false)
    }

    @Test func `a case of another system is counted by the calendar's days, and names nobody it does not know`() throws
    {
        var record = CaseRecord()
        let at = try moment("2026-03-02")
        let fact = Case.Fact.received(number: CaseNumber(trusted: "I-1"), at: at, attributes: [])
        let importer = Actor(trusted: "import:x")
        record.take(
            .init(effectiveAt: at.timestamp, fact: fact),
            position: 1,
            recordedAt: at.timestamp,
            actor: importer
        )
        let noticed = try moment("2026-03-04")
        record.take(
            .init(
                effectiveAt: noticed.timestamp,
                fact: .procedure(.supplementNoticed(materials: ["x"], within: nil), at: noticed)
            ),
            position: 2,
            recordedAt: at.timestamp,
            actor: importer
        )
        let days = try #require(try HolderDays(record, nil, asOf: day("2026-03-08"), knownAt: at.timestamp))
        #expect(days.whole.unit == .calendarDays && days.clocks.isEmpty)
        #expect(days.whole.spans.map { "\($0.holder.kind) \($0.days)" } == ["unknown 2", "citizen 4"])
    }

    @Test(arguments: [UInt64(20_261_122), 7])
    func `the parts add up to the days used, on every case and every clock in days`(seed: UInt64) throws {
        print("seed \(seed), 1500 cases")
        var lives = try RandomLives(seed: seed)
        let calendar = try #require(try TownshipCase.calendars.get().latest)
        var kinds: Set<CaseHolder.Kind> = []
        var overdue = 0
        for index in 0..<1_500 {
            let life = try lives.next()
            let received = try #require(life.record.entries.first).day
            let asOf = try #require(received.adding(days: Int.random(in: 0...70, using: &lives.numbers)))
            let knownAt = life.file.at.timestamp.advanced(byMicroseconds: 40 * 86_400_000_000)
            let days = try #require(try HolderDays(life.record, life.clocks, asOf: asOf, knownAt: knownAt))
            let readings = try life.clocks.readings(of: life.record.ledger, asOf: asOf, knownAt: knownAt)
            #expect(days.clocks.count == readings.count, "seed \(seed), case \(index)")
            for (split, reading) in zip(days.clocks, readings) {
                let sum = split.spans.reduce(0) { $0 + $1.days }
                let used = reading.usage.used + reading.usage.overdue
                #expect(sum == used && split.days == used, "seed \(seed), case \(index), \(reading.rule.name)")
                overdue += reading.usage.overdue
            }
            let whole = days.whole
            let isReopened = life.record.entries.contains { if case .reopened = $0.event.fact { true } else { false } }
            if !isReopened {
                let used = try calendar.workingDays(from: received, to: whole.through)
                #expect(whole.days == used, "seed \(seed), case \(index)")
            }
            for (span, next) in zip(whole.spans, whole.spans.dropFirst()) { #expect(span.through < next.from) }
            kinds.formUnion(whole.spans.map(\.holder.kind))
        }
        // They come to every holder, else they would show nothing.
        #expect(kinds == Set(CaseHolder.Kind.allCases).subtracting([.unknown]))
        #expect(overdue > 0)
    }
}
