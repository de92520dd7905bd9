import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

/// A card that is raised late names who had the case when its rung was due, and is told to who can answer now.
@Suite("Cards that are raised late")
struct LateCardTests {
    private static let forest = UnitEntry(
        SmallTown.profile("forest", .department, in: "hall"),
        from: SmallTown.start,
        posts: [
            SmallTown.post("one", .reviewer, "reviewer", "reviewer2"),
            SmallTown.post("two", .reviewer, "reviewer2", "reviewer"),
        ]
    )

    /// A felling licence in a log: entered as it happens, while no worker is there.
    private struct Desk {
        let town: WorkedLog
        var file: CentreCase
        private var stored = 0

        init(_ town: WorkedLog) async throws {
            self.town = town
            file = try CentreCase.felling()
            let units = SmallTown.units.filter { [SmallTown.county, SmallTown.hall].contains($0.profile.code) }
            _ = try await NetworkDesk(town.log).enter(
                officers: SmallTown.officers
                    + ["reviewer", "reviewer2"].map { OfficerEntry(SmallTown.officer($0), from: SmallTown.start) },
                units: units + [LateCardTests.forest],
                on: SmallTown.start,
                at: town.now,
                actor: SmallTown.actor
            )
        }

        mutating func on(_ day: String, _ fact: Case.ProcedureFact, by hand: CentreCase.Hand) async throws {
            try file.go(to: day)
            try file.on(fact, by: hand)
            try await store()
        }

        /// What is new of the case, recorded a minute after it has happened.
        mutating func store() async throws {
            town.clock.set(file.at.timestamp.advanced(byMicroseconds: 60_000_000))
            let events = file.events[stored...].map { Case.Coding.encode($0, actor: Actor(trusted: "officer/o-1")) }
            let write = StreamWrite(Self.stream(town.log), expected: .any, events: events)
            _ = try await town.log.append(AppendRequest(id: UUID(), writes: [write]))
            stored = file.events.count
        }

        static func stream(_ log: EventLog) -> StreamName { CaseNumber(trusted: "C-1").stream(in: log.id) }

        /// Accepts the case, whose item is published, on the promise that the title follows within two working days.
        mutating func acceptWithoutTitle() async throws {
            let items = [file.version.item]
            _ = try await CatalogueDesk(town.log).enter(items, at: town.now, actor: SmallTown.actor)
            try file.receive(["card"])
            try await store()
            let two = try #require(Limit(2, .workingDays))
            try await on("2026-03-02", .materialDeferred("title", within: two), by: .window)
            try await on("2026-03-02", .accept, by: .window)
        }

        func away(_ officer: OfficerID, _ day: String) async throws {
            let absence = Officer.Absence(from: SmallTown.day(day), through: SmallTown.day(day), reason: .sick)
            #expect(
                try await NetworkDesk(town.log).change(
                    officer,
                    .absent(absence),
                    at: town.now,
                    actor: SmallTown.actor
                )
            )
        }

        /// Of what a clock has raised, by rung.
        func raised(_ clock: String, stage: String? = nil) async throws -> [String: Case.RaisedRung] {
            var found: [String: Case.RaisedRung] = [:]
            for try await event in town.log.readStream(Self.stream(town.log)) {
                guard case .card(.raised(let rung), _) = try Case.Coding.decode(event).fact else { continue }
                if rung.key.clock.rawValue == clock, rung.stage == stage { found[rung.rung] = rung }
            }
            return found
        }
    }

    @Test func `a material that does not come in time: behind the cards the file goes back by itself, once`()
        async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            var desk = try await Desk(town)
            try await desk.acceptWithoutTitle()
            try town.go(to: "2026-03-04T23:00")
            #expect(try await town.work().lapsed == 0)
            try town.go(to: "2026-03-05T00:00")
            let tally = try await town.work()
            #expect(tally.lapsed == 1 && tally.parked == 0)
            let history = try await CaseHistory(Desk.stream(town.log), in: town.log)
            #expect(history.events.last?.fact == .procedure(.fileReturned("title"), at: try moment("2026-03-05T00:00")))
            #expect(history.events.last?.recorded.actor == Case.worker)
            #expect(try await desk.raised("deferred-material", stage: "title")["red"] != nil)
            try town.go(to: "2026-03-06T00:00")
            #expect(try await town.work().lapsed == 0)
        }
    }

    @Test func `a material that comes on the last day keeps the file where it is`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            var desk = try await Desk(town)
            try await desk.acceptWithoutTitle()
            try await desk.on("2026-03-04", .materialFollowed("title"), by: .window)
            try town.go(to: "2026-03-09T09:00")
            let tally = try await town.work()
            #expect(tally.lapsed == 0 && tally.parked == 0)
        }
    }

    @Test func `an outage over a hand-over: each rung names who had it on its day, since it came to them`() async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            var desk = try await Desk(town)
            try desk.file.receive()
            try await desk.store()
            try await desk.on("2026-03-02", .accept, by: .window)
            try await desk.on("2026-03-03", .sign("village"), by: .agent)
            try await desk.on("2026-03-04", .assigned(stage: "papers", to: "reviewer"), by: .director)
            let assigned = desk.file.at.timestamp
            let handOver = Case.ProcedureFact.handedOver(
                stage: "papers",
                from: "reviewer",
                to: "reviewer2",
                reason: "leave"
            )
            try await desk.on("2026-03-12", handOver, by: .director)
            let handedOver = desk.file.at.timestamp
            // Away on the day on which red was due; and on the one on which all is raised.
            try await desk.away("reviewer", "2026-03-11")
            try await desk.away("reviewer2", "2026-03-18")
            try town.go(to: "2026-03-18T10:00")
            try await town.work()
            #expect(try await ParkedRung.all(of: town.log).isEmpty)

            // Five working days from 3 March: red on the 11th, the director on the 13th.
            let papers = try await desk.raised("stage", stage: "papers")
            let red = try #require(papers["red"])
            #expect(
                red.holder
                    == Case.CardHolder(
                        unit: "forest",
                        role: .reviewer,
                        officer: "reviewer",
                        deputy: "reviewer2",
                        isAway: true
                    )
            )
            #expect(red.cause == Case.CardCause(.work, task: "papers", since: assigned))
            // Back again today: told in person.
            #expect(red.addressee.persons == [.init("reviewer")])
            let director = try #require(papers["director"])
            #expect(
                director.holder
                    == Case.CardHolder(unit: "forest", role: .reviewer, officer: "reviewer2", deputy: "reviewer")
            )
            #expect(director.cause.since == handedOver)
            #expect(director.addressee.persons == [.init("o-1")])
            #expect(try #require(papers["remind"]).holder.officer == "reviewer")
            // The case lay in the stage that was begun first, with nobody in particular.
            let promise = try #require(try await desk.raised("promise")["remind"])
            #expect(promise.holder.unit == "forest" && promise.holder.role == .reviewer)
        }
    }

    @Test func `what is told to A comes to B while A is away today`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            var desk = try await Desk(town)
            try desk.file.receive()
            try await desk.store()
            try await desk.on("2026-03-02", .accept, by: .window)
            try await desk.on("2026-03-03", .sign("village"), by: .agent)
            try await desk.on("2026-03-04", .assigned(stage: "papers", to: "reviewer"), by: .director)
            let assigned = desk.file.at.timestamp
            try await desk.away("reviewer", "2026-03-11")
            // In time, and A is away.
            try town.go(to: "2026-03-11T08:00")
            try await town.work()
            let red = try #require(try await desk.raised("stage", stage: "papers")["red"])
            #expect(red.holder.isAway && red.addressee.persons == [.init("reviewer2", for: "reviewer")])
            #expect(red.cause.since == assigned)
            // A week later A's B is shown what is A's, while A is away.
            try await desk.away("reviewer", "2026-03-20")
            let network = try await NetworkBook.load(town.log).latest
            func told(_ officers: [OfficerID]) async throws -> [String] {
                var filters = CaseCards.Filters()
                (filters.toldTo, filters.isOpen) = (officers, true)
                try await town.catchUp()
                return try await CaseCards(filters).page(town.log, limit: 10).rows.map { "\($0.clock) \($0.level)" }
            }
            #expect(try await told(["reviewer"]).contains("stage red"))
            #expect(try await told(["o-1"]) == [])
            #expect(network.standIns(of: "reviewer2", on: SmallTown.day("2026-03-20")) == ["reviewer", "reviewer2"])
        }
    }

    @Test func `a rung that is raised after the end names who had the case, and not the window that received it`()
        async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            var desk = try await Desk(town)
            try desk.file.receive()
            try await desk.store()
            try await desk.on("2026-03-02", .accept, by: .window)
            try await desk.on("2026-03-03", .sign("village"), by: .agent)
            try await desk.on("2026-03-03", .assigned(stage: "papers", to: "reviewer"), by: .director)
            try await desk.on("2026-03-18", .withdrawn, by: .window)
            try town.go(to: "2026-03-20T10:00")
            try await town.work()
            #expect(try await ParkedRung.all(of: town.log).isEmpty)
            for (clock, stage, officer) in [("promise", nil, nil), ("stage", "papers", "reviewer")] {
                let rungs = try await desk.raised(clock, stage: stage)
                let red = try #require(rungs["red"])
                #expect(red.holder.unit == "forest" && red.holder.officer == officer, "\(clock)")
                #expect(red.cause.kind == .ended && red.cause.since != nil)
                #expect(!red.addressee.persons.isEmpty && red.addressee.unit == "forest")
            }
        }
    }
}
