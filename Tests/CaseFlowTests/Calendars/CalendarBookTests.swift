import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

/// Calendars as they were known at any moment, of the program and of a log.
@Suite struct CalendarBookTests {
    private static func zone(_ name: String = "Asia/Shanghai") throws -> TimeZone {
        try #require(TimeZone(identifier: name))
    }

    private static func moment(_ text: String) throws -> Timestamp { try Moment.parse(text, in: try zone()) }

    @Test func `what is shipped is known since the beginning of the day of its notice`() throws {
        let book = try CalendarBook(zone: try Self.zone())
        #expect(book.codes == ["cn", "gb-eng"])
        let versions = book.versions("cn")
        #expect(versions.map(\.number) == Array(1...15))
        #expect(versions[14].knownSince.description == "2025-11-03T16:00:00.000000Z")
        #expect(versions[14].year == 2026 && versions[14].entry == nil && versions[14].notice == "国办发明电〔2025〕7号")
        #expect(try book.calendar("cn", knownAt: try Self.moment("2025-11-03")).version.number == 14)
        #expect(try book.calendar("cn", knownAt: try Self.moment("2025-11-04T00:00:00+08:00")).version.number == 15)
        #expect(try book.calendar("cn", version: 3) == book.versions("cn")[2].calendar)
        #expect(throws: CalendarUnknown.self) { try book.calendar("cn", knownAt: try Self.moment("2014-12-15")) }
        #expect(throws: CalendarUnknown.self) { try book.calendar("cn", version: 16) }
        #expect(throws: CalendarUnknown.self) { try book.latest("xx") }
        #expect(book.versions("xx").isEmpty)
        // Each state is that of the history that it comes from.
        let history = try CalendarHistory.shipped("cn")
        for version in versions { #expect(version.calendar == history.calendar(version: version.number)) }
    }

    @Test func `England's one-off days and moved days, and when they became known`() throws {
        let book = try CalendarBook(zone: try Self.zone("Europe/London"))
        let calendar = try book.latest("gb-eng")
        #expect(calendar.horizon.description == "2027-12-31")
        for (date, isWorked) in [
            ("2020-05-04", true), ("2020-05-08", false), ("2022-05-30", true), ("2022-06-02", false),
            ("2022-06-03", false), ("2022-09-19", false), ("2023-05-08", false), ("2021-12-27", false),
            ("2021-12-28", false), ("2022-01-03", false), ("2026-12-28", false), ("2016-12-27", false),
        ] { #expect(try calendar.isWorkingDay(try CivilDate(date)) == isWorked, "\(date)") }
        for year in 2015...2027 {
            let holidays = calendar.exceptions.filter { $0.date.year == year }
            #expect(holidays.count == (year == 2022 ? 10 : year == 2023 ? 9 : 8), "\(year)")
            #expect(holidays.allSatisfy { $0.kind == .holiday && WorkWeek.mondayToFriday.contains($0.date.weekday) })
        }
        let funeral = try CivilDate("2022-09-19")
        let before = try book.calendar("gb-eng", knownAt: try Self.moment("2022-09-09T12:00:00Z"))
        let after = try book.calendar("gb-eng", knownAt: try Self.moment("2022-09-10T12:00:00Z"))
        #expect(try before.isWorkingDay(funeral))
        #expect(try !after.isWorkingDay(funeral))
    }

    @Test func `a publication takes the place of all that was known of its year, and of no other`() throws {
        let book = try CalendarBook(zone: try Self.zone())
        let day = DayException(try CivilDate("2026-03-02"), .holiday, name: "x")
        let draft = LegalCalendar.Draft(
            year: 2026,
            changes: [.exception(day)],
            notice: "n",
            knownSince: try CivilDate("2026-11-05")
        )
        let calendar = try #require(try book.preview([draft], of: "cn"))
        #expect(calendar.exceptions.filter { $0.date.year == 2026 } == [day])
        let before = try book.latest("cn").exceptions.filter { $0.date.year < 2026 }
        #expect(calendar.exceptions.filter { $0.date.year < 2026 } == before)
        #expect(try book.latest("cn").version.number == 15)
    }

    @Test func `an entry of a log is known since its confirmation was recorded, and changes nothing before`()
        async throws
    {
        let log = try await TestCluster.shared.database().log()
        let zone = try Self.zone()
        let shipped = try CalendarHistory.shipped("cn")
        let stream = try CalendarStream.of("cn")
        let handler = CommandHandler(LegalCalendar.self, CalendarEventCoding.self, on: log)
        let (anna, bo) = (try Actor("officer/17"), try Actor("officer/18"))
        let now = RecordingClock.system.now()
        let holiday = DayException(try CivilDate("2027-01-01"), .holiday, name: "元旦")
        // The notice bears a date long past: what counts is when it was recorded.
        let draft = LegalCalendar.Draft(
            year: 2027,
            changes: [.exception(holiday)],
            notice: "n/27",
            knownSince: try CivilDate("2026-01-05")
        )
        let publish = LegalCalendar.Command.enter([draft], by: anna, at: now, shipped: shipped)
        _ = try await handler.handle(publish, on: stream, actor: anna, request: UUID())
        let waiting = try await CalendarBook.load(log, zone: zone)
        #expect(waiting.versions("cn").count == 15)
        #expect(waiting.waiting["cn"]?.map(\.entry.number) == [1])
        #expect(try waiting.latest("cn").isProvisional(holiday.date))

        let confirm = LegalCalendar.Command.confirm(entry: 1, by: bo, at: now, shipped: shipped)
        let outcome = try await handler.handle(confirm, on: stream, actor: bo, request: UUID())
        let recordedAt = try #require(outcome.head.recordedAt)
        let book = try await CalendarBook.load(log, zone: zone)
        let version = try #require(book.versions("cn").last)
        #expect(version.knownSince == recordedAt)
        #expect(version.number == 16 && version.entry == 1 && version.year == 2027)
        #expect([version.enteredBy, version.confirmedBy] == [anna, bo])
        #expect(book.waiting["cn"] == nil)
        let after = try book.calendar("cn", knownAt: recordedAt)
        #expect(try !after.isWorkingDay(holiday.date))
        #expect(!after.isProvisional(holiday.date))
        let before = try book.calendar("cn", knownAt: recordedAt.advanced(byMicroseconds: -1))
        #expect(before == (try CalendarBook(zone: zone).latest("cn")))
        #expect(before.isProvisional(holiday.date))

        let hours = ServiceCalendar.Plan(
            weekly: [.friday: try DayHours("09:00-12:00")],
            follows: "cn",
            marketDays: [try .init(from: try CivilDate("2027-01-02"), every: 3, hours: try DayHours("09:00-16:00"))]
        )
        let service = CommandHandler(ServiceCalendar.self, CalendarEventCoding.self, on: log)
        let hall = try CalendarStream.of("jinjie-hall")
        let set = ServiceCalendar.Command.set(hours, by: anna, at: now)
        _ = try await service.handle(set, on: hall, actor: anna, request: UUID())
        let whole = try await CalendarBook.load(log, zone: zone)
        #expect(whole.serviceCodes == ["jinjie-hall"])
        let open = try whole.serviceHours("jinjie-hall", knownAt: .latest)
        // 2027-01-01 is a Friday and a holiday; the next day is a market Saturday.
        #expect(try open.hours(on: holiday.date) == .closed)
        #expect(try open.hours(on: try CivilDate("2027-01-02")).description == "09:00-16:00")
        #expect(throws: CalendarUnknown.self) { try whole.serviceHours("jinjie-hall", knownAt: recordedAt) }
        #expect(throws: CalendarUnknown.self) { try whole.latest("jinjie-hall") }
        await log.close()
    }
}
