import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

/// What a program ships, as of one release and of the next.
enum Release {
    /// China's calendar by its first entries (the 15th publishes 2026), and England's whole one.
    static func shipped(_ count: Int) throws -> ShippedCalendars {
        ShippedCalendars([try CalendarHistory.shipped("cn").prefix(count), try CalendarHistory.shipped("gb-eng")])
    }

    /// What is shipped, with one year more than there is.
    static func next(_ changes: [CalendarHistory.Change] = []) throws -> ShippedCalendars {
        var history = try CalendarHistory.shipped("cn")
        try history.append(
            CalendarHistory.Entry(year: 2027, knownSince: day("2026-11-05"), notice: "n/27", changes: changes)
        )
        return ShippedCalendars([history, try CalendarHistory.shipped("gb-eng")])
    }
}

extension ShippedCalendars {
    @discardableResult
    fileprivate func adopt(in log: EventLog) async throws -> [String: CalendarAdoption] {
        try await adopt(in: log, at: RecordingClock.system.now())
    }
}

/// What a log takes over of the calendars that come with the program.
@Suite struct CalendarAdoptionTests {
    private static let zone = TownshipCase.zone

    /// Entries are added at the end, each with a line of its own here; what stands here is never changed, because logs
    /// hold these digests.
    @Test(arguments: [
        ("cn", 15, "G6n4IWTlVGy8SF7FxdWwBxJeh+n+cCAW1BnOaf+mEB8="),
        ("gb-eng", 17, "PHAd3uQIxNaKzsR+nMg6g/bLqRKfrLq5L28l88jTPKE="),
    ])
    func `what was shipped once is shipped for ever`(_ code: String, _ entries: Int, _ digest: String) throws {
        #expect(try CalendarHistory.shipped(code).digest(entries: entries) == digest)
    }

    @Test func `every entry that is shipped is pinned`() throws {
        let counts = try CalendarHistory.shippedCodes.map { try CalendarHistory.shipped($0).entries.count }
        #expect(counts == [15, 17])
    }

    @Test func `a digest is of all that the entries say`() throws {
        let history = try CalendarHistory.shipped("cn")
        #expect(history.digest(entries: 14) == history.prefix(14).digest(entries: 14))
        #expect(history.digest(entries: 16) == nil && history.digest(entries: -1) == nil)
        let texts = [
            "calendar x\npublish 2026 on 2025-11-01 by n\noff A 2026-01-01",
            "calendar y\npublish 2026 on 2025-11-01 by n\noff A 2026-01-01",
            "calendar x\nweek mon\npublish 2026 on 2025-11-01 by n\noff A 2026-01-01",
            "calendar x\npublish 2026 on 2025-11-02 by n\noff A 2026-01-01",
            "calendar x\npublish 2026 on 2025-11-01 by m\noff A 2026-01-01",
            "calendar x\npublish 2026 on 2025-11-01 by n\noff B 2026-01-01",
            "calendar x\npublish 2026 on 2025-11-01 by n\nwork A 2026-01-01",
            "calendar x\npublish 2026 on 2025-11-01 by n\noff A 2026-01-02",
        ]
        #expect(Set(try texts.map { try CalendarHistory(parsing: $0).digest(entries: 1) }).count == texts.count)
    }

    @Test func `what a log is begun with is known by its notices, what comes later since its adoption`() async throws {
        let log = try await TestCluster.shared.database().log()
        let begun = try await Release.shipped(14).adopt(in: log)
        #expect(begun.mapValues(\.known) == ["cn": .notice, "gb-eng": .notice])
        #expect(try await Release.shipped(14).adopt(in: log).isEmpty)

        // The next program, before anybody has written with it: the log goes by what it has.
        let unchanged = try await CalendarBook.load(log, zone: Self.zone, shipped: Release.shipped(15))
        #expect(unchanged.versions("cn").count == 14 && unchanged.outstanding == ["cn": 1])

        // Several processes of the next program at once.
        let next = try Release.shipped(15)
        let adopted = try await withThrowingTaskGroup { group in
            for _ in 0..<6 { group.addTask { try await next.adopt(in: log) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(adopted.filter { !$0.isEmpty }.map { $0.mapValues(\.known) } == [["cn": .recording]])
        let head = try await log.head(of: try CalendarStream.of("cn"))
        #expect(head.version == 2)
        #expect(try await log.head(of: try CalendarStream.of("gb-eng")).version == 1)

        let book = try await CalendarBook.load(log, zone: Self.zone, shipped: next)
        let whole = try CalendarBook(zone: Self.zone, shipped: next)
        #expect(book.outstanding.isEmpty && book.adoptions["cn"]?.map(\.adoption.entries) == [14, 15])
        let versions = book.versions("cn")
        #expect(versions.count == 15 && versions.map(\.isAdopted) == Array(repeating: false, count: 14) + [true])
        #expect(versions[14].knownSince == head.recordedAt && versions[14].noticeDate == day("2025-11-04"))
        #expect(versions.prefix(14).map(\.knownSince) == whole.versions("cn").prefix(14).map(\.knownSince))
        #expect(try book.latest("cn") == whole.latest("cn") && book.latest("gb-eng") == whole.latest("gb-eng"))

        // A calendar that only a later program has is known since then, too.
        let dutch = try CalendarHistory(parsing: "calendar nl\npublish 2026 on 2025-01-01\noff Koningsdag 2026-04-27")
        let third = ShippedCalendars(Array(next.histories.values) + [dutch])
        #expect(try await third.adopt(in: log).mapValues(\.known) == ["nl": .recording])
        await log.close()
    }

    @Test func `a program that does not ship what the log has adopted says so, and computes nothing`() async throws {
        let log = try await TestCluster.shared.database().log()
        try await Release.shipped(15).adopt(in: log)
        let older = CalendarMismatch.older(calendar: "cn", adopted: 15, shipped: 14)
        await #expect(throws: older) { try await Release.shipped(14).adopt(in: log) }
        await #expect(throws: older) {
            try await CalendarBook.load(log, zone: Self.zone, shipped: Release.shipped(14))
        }
        let without = ShippedCalendars([try CalendarHistory.shipped("cn")])
        await #expect(throws: CalendarMismatch.older(calendar: "gb-eng", adopted: 17, shipped: 0)) {
            try await without.adopt(in: log)
        }
        // As many entries, and one of them edited.
        var edited = try CalendarHistory.shipped("cn").prefix(14)
        let last = try #require(try CalendarHistory.shipped("cn").entries.last)
        try edited.append(
            .init(year: 2026, knownSince: last.knownSince, notice: last.notice, changes: last.changes.dropLast())
        )
        let others = ShippedCalendars([edited, try CalendarHistory.shipped("gb-eng")])
        await #expect(throws: CalendarMismatch.other(calendar: "cn", adopted: 15)) {
            try await others.adopt(in: log)
        }
        await log.close()
    }

    @Test func `a log that has adopted nothing goes by all that is shipped, and begins with it when it is written to`()
        async throws
    {
        let log = try await TestCluster.shared.database().log()
        let before = try await CalendarBook.load(log, zone: Self.zone)
        #expect(before.versions("cn").count == 15 && before.outstanding.isEmpty)
        try await ShippedCalendars.program().adopt(in: log)
        let after = try await CalendarBook.load(log, zone: Self.zone)
        #expect(after.versions("cn").map(\.knownSince) == before.versions("cn").map(\.knownSince))
        #expect(after.versions("cn").map(\.calendar) == before.versions("cn").map(\.calendar))
        await log.close()
    }

    @Test func `a name that the log uses for hours of service is not taken from it`() throws {
        let plan = ServiceCalendar.Plan(weekly: [.monday: .wholeDay])
        let event = CalendarEvent(
            effectiveAt: .earliest,
            actor: Actor(trusted: "officer/1"),
            fact: .serviceHoursSet(plan)
        )
        #expect(try Release.shipped(15).outstanding(["cn": [event]]).keys.sorted() == ["gb-eng"])
    }

    // MARK: A log with a year of its own

    private static func enter(
        _ log: EventLog,
        _ drafts: [LegalCalendar.Draft],
        _ entries: ClosedRange<Int>,
        _ shipped: CalendarHistory
    ) async throws {
        let handler = CommandHandler(LegalCalendar.self, CalendarEventCoding.self, on: log)
        let (anna, bo) = (Actor(trusted: "officer/17"), Actor(trusted: "officer/18"))
        let stream = try CalendarStream.of("cn")
        let at = RecordingClock.system.now()
        _ = try await handler.handle(
            .enter(drafts, by: anna, at: at, shipped: shipped),
            on: stream,
            actor: anna,
            request: UUID()
        )
        for entry in entries {
            let confirm = LegalCalendar.Command.confirm(entry: entry, by: bo, at: at, shipped: shipped)
            _ = try await handler.handle(confirm, on: stream, actor: bo, request: UUID())
        }
    }

    private static func draft(_ year: Int?, _ changes: [CalendarHistory.Change]) -> LegalCalendar.Draft {
        LegalCalendar.Draft(year: year, changes: changes, notice: "own", knownSince: day("2026-11-05"))
    }

    private static func off(_ date: String) -> CalendarHistory.Change {
        .exception(DayException(day(date), .holiday, name: "x"))
    }

    @Test func `a year that two officers have published stays theirs when a later program brings it, too`() async throws
    {
        let log = try await TestCluster.shared.database().log()
        try await Release.shipped(15).adopt(in: log)
        let cn = try CalendarHistory.shipped("cn")
        let own = [
            Self.draft(2027, [Self.off("2027-01-01")]),
            Self.draft(nil, [Self.off("2027-03-01"), Self.off("2026-12-31")]),
        ]
        try await Self.enter(log, own, 1...2, cn)
        let before = try await CalendarBook.load(log, zone: Self.zone)
        #expect(before.versions("cn").map(\.entry).suffix(3) == [nil, 1, 2])

        // The program's 2027 knows nothing of the own amendment; its amendment of 2027 is news.
        var history = try #require(try Release.next([Self.off("2027-01-01")]).histories["cn"])
        let amended = CalendarHistory.Entry(
            year: nil,
            knownSince: day("2027-02-01"),
            notice: "n/28",
            changes: [Self.off("2027-05-03")]
        )
        try history.append(amended)
        let next = ShippedCalendars([history, try CalendarHistory.shipped("gb-eng")])
        #expect(try await next.adopt(in: log)["cn"]?.entries == 17)
        let book = try await CalendarBook.load(log, zone: Self.zone, shipped: next)
        // Numbers of the log's own entries do not move, and what was known stays.
        #expect(book.versions("cn").map(\.entry).suffix(3) == [1, 2, nil])
        #expect(book.versions("cn").prefix(17).map(\.calendar) == before.versions("cn").map(\.calendar))
        let latest = try book.latest("cn")
        #expect(latest.version == CalendarVersion(18, label: "n/28"))
        for date in ["2027-01-01", "2027-03-01", "2027-05-03", "2026-12-31"] {
            #expect(try !latest.isWorkingDay(day(date)), "\(date)")
        }
        // The decider says the same.
        for date in ["2027-01-01", "2027-03-01", "2027-05-03"] {
            await #expect(throws: LegalCalendar.Rejection.nothingToAmend) {
                try await Self.enter(log, [Self.draft(nil, [Self.off(date)])], 3...3, history)
            }
        }
        await #expect(throws: LegalCalendar.Rejection.mismatch(.older(calendar: "cn", adopted: 17, shipped: 15))) {
            try await Self.enter(log, [Self.draft(nil, [Self.off("2027-06-01")])], 3...3, cn)
        }
        await log.close()
    }

    @Test func `what a program ships and the log has not adopted, the log may publish itself`() throws {
        let shipped = try #require(try Release.next().histories["cn"])
        let digest = try #require(shipped.digest(entries: 15))
        var state = LegalCalendar.initial
        let adoption = CalendarAdoption(entries: 15, digest: digest, known: .notice)
        let event = CalendarEvent(effectiveAt: .earliest, actor: ShippedCalendars.actor, fact: .adopted(adoption))
        let actor = Actor(trusted: "officer/17")
        let command = LegalCalendar.Command.enter(
            [Self.draft(2027, [])],
            by: actor,
            at: .earliest,
            shipped: shipped
        )
        #expect(throws: LegalCalendar.Rejection.shipped(year: 2027)) { try LegalCalendar.decide(command, state) }
        LegalCalendar.evolve(&state, event)
        #expect(try LegalCalendar.decide(command, state).count == 1)
    }
}
