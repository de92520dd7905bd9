import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing
import WorkingTime

/// What the worker raises, and when.
@Suite("Escalation")
struct EscalationTests {
    private static let grant = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
    /// Ten working days from Monday, 2 March 2026.
    private static let ladder = [
        "remind due 2026-03-09T00:00", "yellow due 2026-03-13T00:00", "red due 2026-03-17T00:00",
        "director due 2026-03-19T00:00", "county-supervision due 2026-03-23T00:00",
        "discipline-inspection due 2026-03-30T00:00",
    ]

    private static func due(_ lines: [String]) -> [String] {
        lines.map { $0.replacing("promise ", with: "").components(separatedBy: " raised").first ?? "" }
    }

    @Test func `each rung is raised once, on its day, and finishing late clears nothing`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            var day = SmallTown.day("2026-03-02")
            while day < SmallTown.day("2026-04-02") {
                try town.go(to: "\(day)T00:00")
                try await town.work()
                try town.go(to: "\(day)T17:00")
                #expect(try await town.work().raised == 0)
                if day == SmallTown.day("2026-03-24") { try await town.on(Self.grant, "1") }
                day = day.adding(days: 1) ?? .last
            }
            let lines = try await town.raised("1", clock: "promise")
            #expect(Self.due(lines) == Array(Self.ladder.prefix(5)))
            // Raised in the moment in which they were due.
            #expect(
                lines.allSatisfy {
                    $0.components(separatedBy: " ").dropFirst(3).first == $0.components(separatedBy: " ").last
                }
            )
            let card = try #require(
                try await CaseCards().page(town.log, limit: 10).rows.first { $0.clock == "promise" }
            )
            #expect(card.state == "open" && card.level == "county-supervision" && card.rank == 5)
            #expect(card.rungs == ["remind", "yellow", "red", "director", "county-supervision"])
        }
    }

    @Test func `after an outage all that was missed comes in order, with the moments at which it was due`() async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            try town.go(to: "2026-04-07T10:30")
            let tally = try await town.work()
            let lines = try await town.raised("1", clock: "promise")
            #expect(Self.due(lines) == Self.ladder)
            #expect(lines.allSatisfy { $0.hasSuffix("raised 2026-04-07T10:30") })
            #expect(tally.raised == (try await town.raised("1").count))
            #expect(try await town.work().raised == 0)
            // In the order of the record, rung after rung.
            #expect(try await town.next() == ["1 decision discipline-inspection 2026-04-14T00:00"])
        }
    }

    @Test func `what a clock had reached before it stopped is raised although nobody was at work, and no more`()
        async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["in-time", "late", "paused"] { try await town.accept(number) }
            try town.go(to: "2026-03-10")
            try await town.on(.suspended(ground: "testing", told: #require(Limit(30, .workingDays))), "paused")
            try town.go(to: "2026-03-16")
            try await town.on(Self.grant, "in-time")
            try town.go(to: "2026-03-18")
            try await town.on(Self.grant, "late")
            try town.go(to: "2026-04-07")
            try await town.work()
            #expect(Self.due(try await town.raised("in-time", clock: "promise")) == Array(Self.ladder.prefix(2)))
            #expect(Self.due(try await town.raised("late", clock: "promise")) == Array(Self.ladder.prefix(3)))
            #expect(Self.due(try await town.raised("paused", clock: "promise")) == Array(Self.ladder.prefix(1)))
            let cards = try await CaseCards().page(town.log, limit: 100).rows
            let late = try #require(cards.first { $0.case == "late" && $0.clock == "promise" })
            #expect(String(describing: late.basis).contains("ended"))
            // It stands still: nothing comes of the promise until it goes on.
            #expect(try await town.next().allSatisfy { !$0.hasPrefix("paused promise") })
        }
    }

    @Test func `what was reached before the limit was prolonged stays reached, although nobody was at work`()
        async throws
    {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["at-work", "outage", "ended"] { try await town.accept(number) }
            let decision = try #require(ClockName(rawValue: "decision"))
            func extend(_ number: String) async throws {
                let more = try #require(Limit(10, .workingDays))
                try await town.on(
                    .extended(decision, by: more, authority: "organ-head", reason: "testing"),
                    number
                )
            }
            // Half of twenty working days are used on 16 March, half of thirty on 23 March, nine tenths of them on 9 April.
            try town.go(to: "2026-03-18")
            for number in ["outage", "ended"] { try await extend(number) }
            try town.go(to: "2026-03-20")
            try await town.on(Self.grant, "ended")
            try await town.work()
            try await extend("at-work")
            try town.go(to: "2026-04-20")
            try await town.work()
            let reached = "decision remind due 2026-03-16T00:00"
            for number in ["at-work", "outage", "ended"] {
                let lines = try await town.raised(number, clock: "decision").map {
                    $0.components(separatedBy: " raised")[0]
                }
                #expect(lines.first == reached, "\(number)")
                let yellow = "decision yellow due 2026-04-09T00:00"
                #expect(number == "ended" ? lines.count == 1 : lines.dropFirst().first == yellow, "\(number): \(lines)")
            }
        }
    }

    @Test func `a pause, an extension and an amended calendar move the next rung`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["plain", "paused"] { try await town.accept(number) }
            try town.go(to: "2026-03-04")
            try await town.on(.suspended(ground: "testing", told: #require(Limit(5, .workingDays))), "paused")
            try await town.catchUp()
            #expect(
                try await town.next().filter { $0.contains("promise") } == ["plain promise remind 2026-03-09T00:00"]
            )
            try town.go(to: "2026-03-06")
            try await town.on(.resumed, "paused")
            try await town.catchUp()
            #expect(
                try await town.next().filter { $0.contains("promise") } == [
                    "paused promise remind 2026-03-11T00:00", "plain promise remind 2026-03-09T00:00",
                ]
            )
            // 9 and 17 March become days off.
            try await town.amend(["2026-03-09", "2026-03-17"])
            try await town.catchUp()
            #expect(
                try await town.next().filter { $0.contains("promise") } == [
                    "paused promise remind 2026-03-12T00:00", "plain promise remind 2026-03-10T00:00",
                ]
            )
            try town.go(to: "2026-03-18T00:00")
            try await town.work()
            // Ten days end on the 18th now instead of the 16th.
            #expect(
                Self.due(try await town.raised("plain", clock: "promise")) == [
                    "remind due 2026-03-10T00:00", "yellow due 2026-03-16T00:00",
                ]
            )
            let decision = try #require(ClockName(rawValue: "decision"))
            try await town.on(
                .extended(decision, by: #require(Limit(10, .workingDays)), authority: "organ-head", reason: "x"),
                "plain"
            )
            try await town.catchUp()
            // Half of thirty working days instead of twenty.
            let next = try await town.next()
            #expect(next.contains { $0.hasPrefix("plain promise red 2026-03-19") })
            #expect(next.contains { $0.hasPrefix("plain decision remind") || $0.hasPrefix("plain decision yellow") })
        }
    }

    @Test func `an amendment after the due date moves the rungs that are still to come`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            try town.go(to: "2026-03-18T00:00")
            try await town.work()
            #expect(try await town.next().contains("1 promise director 2026-03-19T00:00"))
            try await town.amend(["2026-03-18"])
            try await town.catchUp()
            #expect(try await town.next().contains("1 promise director 2026-03-20T00:00"))
            let before = try await town.rows("case_rungs")
            try await ProjectionRunner(CaseClockProjection(), on: town.log).rebuild(batchSize: 3)
            #expect(try await town.rows("case_rungs") == before)
        }
    }

    @Test func `two workers at once raise each rung once`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in 1...40 { try await town.accept("\(number)") }
            try town.go(to: "2026-04-07")
            let other = try await town.again()
            let workers = [
                town.worker(givesWay: false, page: 30), town.worker(on: other, givesWay: false, page: 50),
                town.worker(on: other, givesWay: true, page: 20),
            ]
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in workers { group.addTask { try await worker.run() } }
                try await group.waitForAll()
            }
            await other.close()
            #expect(try await ParkedRung.all(of: town.log).isEmpty)
            for number in 1...40 {
                #expect(Self.due(try await town.raised("\(number)", clock: "promise")) == Self.ladder, "case \(number)")
            }
            let rows = try await town.log.pool.query(
                """
                SELECT count(*), count(DISTINCT (stream, data->>'clock', data->>'ordinal', data->>'rung'))
                  FROM caseflow.events WHERE log_id = $1 AND type = 'card.raised/1'
                """,
                [town.log.id.rawValue]
            )
            let (all, distinct): (Int, Int) = (try rows[0].decode(0), try rows[0].decode(1))
            #expect(all == distinct && all >= 240)
            var raised = 0
            for worker in workers { raised += await worker.tally.raised }
            #expect(raised == all)
        }
    }

    @Test func `nobody tells in five days: on the sixth it counts as accepted, after the red card`() async throws {
        try await WorkedLog.run("2026-02-10") { town in
            try await town.receive("1", promise: Limit(10, .workingDays))
            // Working days: 11, 12, 13, 14 (make-up) and 24 February.
            try town.go(to: "2026-02-24T23:00")
            #expect(try await town.work().lapsed == 0)
            try town.go(to: "2026-02-25T00:00")
            let tally = try await town.work()
            #expect(tally.lapsed == 1 && tally.parked == 0)
            #expect(
                try await town.raised("1", clock: "notice").last
                    == "notice red due 2026-02-25T00:00 raised 2026-02-25T00:00"
            )
            let state = try await CaseHistory(CaseNumber(trusted: "1").stream(in: town.log.id), in: town.log).state
            #expect(state.progress.isDeemed && state.progress.acceptedAt == state.receivedAt)
            #expect(try await town.work().lapsed == 0)
            // The promise runs from the receipt.
            #expect(try await town.next().contains { $0.hasPrefix("1 promise") })
        }
    }

    @Test func `a bad case is set aside with the reason while others go on, and tried again`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["bad", "good"] { try await town.accept(number) }
            try town.go(to: "2026-03-09T08:00")
            try await town.catchUp()
            let stream = CaseNumber(trusted: "bad").stream(in: town.log.id).rawValue
            try await town.log.pool.query(
                "UPDATE caseflow.case_rungs SET version = version + 7 WHERE log_id = $1 AND stream = $2",
                [town.log.id.rawValue, stream]
            )
            let tally = try await town.work()
            #expect(tally.raised == 1 && tally.parked == 1)
            #expect(try await town.raised("good").count == 1)
            let parked = try #require(try await ParkedRung.all(of: town.log).first)
            #expect(parked.stream == stream && parked.rung == "remind" && parked.reason.contains("projection status"))
            let status = try await WorkStatus.of(town.log)
            #expect(status.parkedCount == 1 && status.isAmiss)
            // What is set aside is told apart.
            #expect(status.due == 0 && status.behindSeconds == 0)
            // Not before its pause is over.
            try await town.log.pool.query(
                "UPDATE caseflow.case_rungs SET version = version - 7 WHERE log_id = $1 AND stream = $2",
                [town.log.id.rawValue, stream]
            )
            #expect(try await town.work().raised == 0)
            try town.go(to: "2026-03-09T09:00")
            #expect(try await town.work().raised == 1)
            #expect(try await town.work().raised == 0)
            #expect(try await ParkedRung.all(of: town.log).isEmpty)
            #expect(try await WorkStatus.of(town.log).isAmiss == false)
        }
    }

    @Test func `a unit that cannot be read keeps no rung from being raised`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            try await town.accept("1")
            let event = NewEvent(
                type: "network.established-by-nobody/1",
                effectiveAt: town.now,
                actor: Actor(trusted: "officer/1"),
                data: Array("{}".utf8)
            )
            let write = StreamWrite(StreamName(trusted: "network/odd"), expected: .noStream, events: [event])
            _ = try await town.log.append(AppendRequest(id: UUID(), writes: [write]))
            try town.go(to: "2026-03-09T08:00")
            #expect(try await town.work().raised == 1)
        }
    }

    @Test func `the read tables are the same when they are made anew`() async throws {
        try await WorkedLog.run("2026-03-02") { town in
            for number in ["1", "2", "3"] { try await town.accept(number) }
            try town.go(to: "2026-03-17T09:00")
            try await town.work()
            try await town.on(Self.grant, "2")
            let key = try #require(ClockName(rawValue: "promise"))
            _ = try await town.desk.answer(key, .init(.workload, text: "two colleagues are away"), of: "3", town.act())
            try town.go(to: "2026-03-19T09:00")
            try await town.work()
            let tables = ["case_rungs", "case_cards", "case_clocks", "case_tasks"]
            var before: [[String]] = []
            for table in tables { before.append(try await town.rows(table)) }
            #expect(before[0].count >= 2 && before[1].count >= 4)
            try await ProjectionRunner(CaseClockProjection(), on: town.log).rebuild(batchSize: 4)
            for (table, rows) in zip(tables, before) { #expect(try await town.rows(table) == rows, "\(table)") }
        }
    }

    @Test func `cards are answered and withdrawn, and listed by filter and page`() async throws {
        var book = try SmallTown.book()
        let county = UnitEntry(
            SmallTown.profile(SmallTown.county, .county),
            from: SmallTown.start,
            posts: [SmallTown.post("inspector", .inspector, "o-5", nil)]
        )
        try SmallTown.take(.enter(county, on: SmallTown.start), of: SmallTown.county, SmallTown.moment, &book)
        try await WorkedLog.run("2026-03-02", network: book) { town in
            for number in ["1", "2", "3"] { try await town.accept(number) }
            try town.go(to: "2026-03-17T09:00")
            try await town.work()
            let promise = try #require(ClockName(rawValue: "promise"))
            let answer = Case.CardAnswer(.otherUnit, text: "the county has the papers")
            _ = try await town.desk.answer(promise, answer, of: "1", town.act())
            #expect(try await town.desk.answer(promise, answer, of: "1", town.act()).events.isEmpty)
            await #expect(throws: CaseDesk.Refused.self) {
                try await town.desk.withdraw(promise, reason: "x", of: "2", town.act())
            }
            _ = try await town.desk.withdraw(
                promise,
                reason: "the hall was flooded",
                of: "2",
                town.act(by: "officer/o-5")
            )
            try await town.catchUp()
            func states(_ change: (inout CaseCards.Filters) -> Void) async throws -> [String] {
                var filters = CaseCards.Filters()
                change(&filters)
                return try await CaseCards(filters).page(town.log, limit: 100).rows
                    .filter { $0.clock == "promise" }.map { "\($0.case) \($0.level) \($0.state)" }.sorted()
            }
            #expect(try await states { _ in } == ["1 red answered", "2 red withdrawn", "3 red open"])
            #expect(try await states { $0.isOpen = true } == ["3 red open"])
            #expect(try await states { ($0.isOpen, $0.level) = (true, "yellow") } == [])
            #expect(try await states { $0.unit = "nowhere" } == [])
            #expect(try await states { $0.toldTo = ["o-5"] } == [])
            #expect(
                try await states { $0.stream = CaseNumber(trusted: "2").stream(in: town.log.id) } == ["2 red withdrawn"]
            )
            let two = try #require(
                try await CaseCards().page(town.log, limit: 100).rows.first { $0.state == "withdrawn" }
            )
            #expect(two.withdrawal == "the hall was flooded" && two.withdrawnBy == "o-5")
            // A reminder asks for no answer: it stands, and nothing is awaited.
            let decisions = try await CaseCards().page(town.log, limit: 100).rows.filter { $0.clock == "decision" }
            #expect(decisions.count == 3 && decisions.allSatisfy { $0.level == "remind" && $0.state == "reminder" })
            #expect(try await WorkStatus.of(town.log).openCards == ["red": 1])
            // Page by page, each card once.
            let whole = try await CaseCards().page(town.log, limit: 100).rows.map { "\($0.case) \($0.clock)" }
            var (paged, next): ([String], String?) = ([], nil)
            repeat {
                let page = try await CaseCards().page(town.log, limit: 2, after: next)
                paged += page.rows.map { "\($0.case) \($0.clock)" }
                next = page.next
            } while next != nil
            #expect(paged == whole && Set(whole).count == whole.count)
            let first = try #require(try await CaseCards().page(town.log, limit: 1).next)
            var other = CaseCards.Filters()
            other.isOpen = true
            await #expect(throws: CaseCards.WrongCursor.self) {
                try await CaseCards(other).page(town.log, limit: 1, after: first)
            }
            // A higher rung opens all of them again.
            try town.go(to: "2026-03-19T09:00")
            try await town.work()
            #expect(try await states { $0.isOpen = true } == ["1 director open", "2 director open", "3 director open"])
        }
    }
}

extension WorkedLog {
    /// Days become days off: an amendment of the calendar `cn`, entered and confirmed now.
    func amend(_ days: [String], entry number: Int = 1) async throws {
        let changes = try days.map {
            CalendarHistory.Change.exception(DayException(try CivilDate($0), .holiday, name: "x"))
        }
        let today = try #require(Moment.day(of: now, in: Self.zone))
        let amendment = LegalCalendar.Entry(
            number: number,
            year: nil,
            knownSince: today,
            notice: "notice 7",
            changes: changes
        )
        var events: [NewEvent] = []
        for (index, fact) in [CalendarEvent.Fact.amended(amendment), .confirmed(entry: number)].enumerated() {
            let actor = Actor(trusted: "officer/\(index)")
            let event = CalendarEvent(effectiveAt: now, actor: actor, fact: fact)
            events.append(CalendarEventCoding.encode(event, actor: actor))
        }
        let write = StreamWrite(StreamName(trusted: "calendar/cn"), expected: .any, events: events)
        _ = try await log.append(AppendRequest(id: UUID(), writes: [write]))
    }
}
