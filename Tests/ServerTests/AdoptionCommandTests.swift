import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

extension ShippedCalendars {
    @discardableResult
    fileprivate func adopt(in log: EventLog) async throws -> [String: CalendarAdoption] {
        try await adopt(in: log, at: RecordingClock.system.now())
    }
}

/// The program and a log that was begun with another release.
@Suite struct AdoptionCommandTests {
    /// China's calendar by its first entries (the 15th publishes 2026), and England's.
    private static func shipped(_ count: Int) throws -> ShippedCalendars {
        ShippedCalendars([try CalendarHistory.shipped("cn").prefix(count), try CalendarHistory.shipped("gb-eng")])
    }

    @Test func `a log that was begun with an earlier program adopts when something is recorded, not when it is asked`()
        async throws
    {
        let database = try await TestCluster.shared.database()
        let log = try await database.log("main")
        try await Self.shipped(14).adopt(in: log)
        let caseflowd = try Caseflowd(database)
        let show = ["calendar", "show", "2026", "--log", "main", "--json"]
        for _ in 0..<2 {
            let before = try await caseflowd.run(show).json()
            #expect(before["provisional"] as? Bool == true && before["outstanding"] as? Int == 1)
            let words = try await caseflowd("calendar", "show", "2026", "--log", "main")
            #expect(words.errors.contains("entries of this program that the log has not adopted yet: 1. It"))
        }
        for quiet in [["late", "--log", "main"], ["projection", "rebuild", "--log", "main"]] {
            #expect(try await caseflowd.run(quiet).status == 0)
        }
        #expect(try await log.head() == 2)

        let open = ["case", "open", "T-1", "--at", "2026-02-10T09:05", "--log", "main", "--actor", "officer/7"]
        let opened = try await caseflowd.run(open)
        #expect(opened.status == 0, "\(opened.errors)")
        #expect(opened.errors.contains("log main: adopted what this program ships of the calendar cn, 15 entries"))
        #expect(try await caseflowd.run(show).json()["provisional"] as? Bool == false)
        let list = try await caseflowd("calendar", "list", "--code", "cn", "--log", "main", "--json").json()
        let calendar = try #require((list["calendars"] as? [[String: Any]])?.first)
        #expect(calendar["outstanding"] as? Int == 0)
        let adoptions = try #require(calendar["adoptions"] as? [[String: Any]])
        #expect(adoptions.compactMap { $0["known"] as? String } == ["notice", "recording"])
        let versions = try #require(calendar["versions"] as? [[String: Any]])
        #expect(versions.suffix(2).compactMap { $0["source"] as? String } == ["shipped", "adopted"])
        #expect(versions.last?["knownSince"] as? String == adoptions.last?["recordedAt"] as? String)
        let words = try await caseflowd("calendar", "list", "--code", "cn", "--log", "main").output
        #expect(words.contains("(adopted)") && words.contains("cn: 15 shipped entries adopted at "))
        // Once is enough.
        let head = try await log.head()
        #expect(try await caseflowd.run(open).errors.isEmpty)
        #expect(try await log.head() == head)
        await log.close()
    }

    @Test func `a log that a later program has worked on is refused, and stays as it is`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log("main")
        var history = try CalendarHistory.shipped("cn")
        try history.append(.init(year: 2027, knownSince: CivilDate("2026-11-05"), notice: "n/27", changes: []))
        try await ShippedCalendars([history, try CalendarHistory.shipped("gb-eng")]).adopt(in: log)
        let caseflowd = try Caseflowd(database)
        for arguments in [
            ["case", "open", "T-1", "--log", "main", "--actor", "officer/7"], ["calendar", "list", "--log", "main"],
            ["due", "--from", "2026-02-10", "--working-days", "1", "--log", "main"], ["late", "--log", "main"],
            ["calendar", "amend", "--off", "2026-12-30", "--log", "main"],
        ] {
            let run = try await caseflowd.run(arguments)
            #expect(run.status == 1 && run.output.isEmpty, "\(arguments) \(run.output)")
            #expect(
                run.errors.contains("has adopted 16 entries of the calendar cn, and this program ships 15"),
                "\(arguments) \(run.errors)"
            )
        }
        #expect(try await log.head() == 2)
        await log.close()
    }

    @Test func `hours that are set anew hold from their day on`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        func hours(_ arguments: String...) async throws -> [String: Any] {
            try await caseflowd.run(["calendar", "hours", "hall", "--actor", "officer/7", "--json"] + arguments).json()
        }
        let first = try await hours("--weekday", "mon-fri 09:00-12:00", "--from", "2026-03-04", "--on", "2026-03-02")
        #expect(first["from"] == nil && first["hours"] as? String == "09:00-12:00")
        let later = try await hours("--weekday", "mon-fri 14:00-17:00", "--from", "2026-03-04", "--on", "2026-03-02")
        #expect(later["from"] as? String == "2026-03-04" && later["hours"] as? String == "09:00-12:00")
        #expect(try await hours("--on", "2026-03-04")["hours"] as? String == "14:00-17:00")
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        func today() -> String? { Moment.day(of: RecordingClock.system.now(), in: zone)?.description }
        let before = today()
        let set = try await hours("--weekday", "mon-fri 10:00-11:00")["from"] as? String
        #expect([before, today()].contains(set))
        let list = try await caseflowd("calendar", "list", "--code", "hall", "--log", "main").output
        #expect(list.contains("hall: hours of service from 2026-03-04 on, set by officer/7 at "))
        let wrong = try await caseflowd("calendar", "hours", "hall", "--from", "2026-03-04")
        #expect(wrong.status == 2 && wrong.errors.contains("--from: say which hours"))
    }
}
