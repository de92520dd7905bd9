import CaseFlow
import Foundation
import Testing
import TransparencyLog
import WorkingTime

@testable import EventStore

/// How the events of calendars stand in the log; the golden files are never changed.
@Suite struct CalendarCodingTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let file: String
        let fact: CalendarEvent.Fact
        var testDescription: String { file }
    }

    private static func golden() throws -> [Golden] {
        let holiday = DayException(try CivilDate("2027-01-01"), .holiday, name: "元旦")
        let makeUp = DayException(try CivilDate("2027-01-03"), .makeUp, name: "元旦 \"调休\"")
        let year = LegalCalendar.Entry(
            number: 1,
            year: 2027,
            knownSince: try CivilDate("2026-11-05"),
            notice: "国办发明电〔2026〕9号",
            changes: [.exception(holiday), .exception(makeUp)]
        )
        var week = year
        week.week = WorkWeek([.sunday, .monday, .tuesday, .wednesday, .thursday])
        week.notice = ""
        week.changes = []
        let amendment = LegalCalendar.Entry(
            number: 2,
            year: nil,
            knownSince: try CivilDate("2027-03-01"),
            notice: "n",
            changes: [.normal(try CivilDate("2027-01-03")), .exception(holiday)]
        )
        let hours = try DayHours("09:00-12:00 14:00-17:00")
        let plan = ServiceCalendar.Plan(
            weekly: [.monday: hours, .saturday: try DayHours("09:00-12:00")],
            follows: "cn",
            makeUp: hours,
            marketDays: [try .init(from: try CivilDate("2026-01-03"), every: 3, hours: try DayHours("09:00-16:00"))],
            extraDuty: [try CivilDate("2026-02-14"): try DayHours("09:00-12:00")],
            closedDates: [try CivilDate("2026-02-16"), try CivilDate("2026-02-15")]
        )
        return [
            Golden(file: "calendar.published-1", fact: .published(year)),
            Golden(file: "calendar.published-1-week", fact: .published(week)),
            Golden(file: "calendar.amended-1", fact: .amended(amendment)),
            Golden(file: "calendar.confirmed-1", fact: .confirmed(entry: 2)),
            Golden(
                file: "calendar.adopted-1",
                fact: .adopted(CalendarAdoption(entries: 15, digest: "aGFzaA==", known: .notice))
            ),
            Golden(
                file: "calendar.adopted-1-later",
                fact: .adopted(CalendarAdoption(entries: 16, digest: "aGFzaA==", known: .recording))
            ),
            Golden(file: "calendar.service-hours-set-1", fact: .serviceHoursSet(plan)),
            Golden(
                file: "calendar.service-hours-set-1-from",
                fact: .serviceHoursSet(.init(weekly: [.monday: hours]), from: try CivilDate("2026-03-04"))
            ),
            Golden(file: "calendar.service-hours-set-1-plain", fact: .serviceHoursSet(.init(weekly: [.monday: hours]))),
        ]
    }

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Golden")

    private static func recorded(_ type: String, _ data: some Sequence<UInt8>) -> RecordedEvent {
        RecordedEvent(
            position: 7,
            stream: StreamName(trusted: "calendar/cn"),
            version: 1,
            type: EventType(trusted: type),
            effectiveAt: .earliest,
            recordedAt: .earliest,
            actor: Actor(trusted: "officer/17"),
            data: Array(data),
            metadata: Array("{}".utf8),
            leaf: Digest.sha256([])
        )
    }

    @Test func `an event is written as its golden file says, and read from it`() throws {
        for golden in try Self.golden() {
            let event = CalendarEvent(effectiveAt: .earliest, actor: Actor(trusted: "officer/17"), fact: golden.fact)
            let encoded = CalendarEventCoding.encode(event, actor: event.actor)
            let data = String(decoding: encoded.data, as: UTF8.self)
            let file = try String(
                contentsOf: Self.directory.appendingPathComponent("\(golden.file).json"),
                encoding: .utf8
            )
            #expect("{\"type\":\"\(encoded.type)\",\"data\":\(data)}\n" == file)
            let back = try CalendarEventCoding.decode(Self.recorded(encoded.type.rawValue, encoded.data))
            #expect(back == event)
            #expect(try JSONSerialization.jsonObject(with: Data(file.utf8)) is [String: Any])
        }
    }

    @Test func `every golden file of calendars belongs to a test`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        let own = files.filter { $0.hasPrefix("calendar.") }
        #expect(own.sorted() == (try Self.golden()).map { "\($0.file).json" }.sorted())
    }

    @Test(arguments: [
        ("calendar.removed/1", "{}", "this program does not know its type"),
        ("calendar.published/2", "{}", "this program does not know its type"),
        ("calendar.confirmed/1", "{}", "it has no 'entry'"),
        ("calendar.adopted/1", "{\"entries\":1,\"digest\":\"x\"}", "it has no 'known'"),
        (
            "calendar.adopted/1", "{\"entries\":1,\"digest\":\"x\",\"known\":\"never\"}",
            "'known' is neither notice nor recording"
        ),
        ("calendar.confirmed/1", "{", "the JSON is malformed at byte 1"),
        (
            "calendar.published/1", "{\"entry\":1,\"knownSince\":\"2026-11-05\",\"notice\":\"\",\"days\":[]}",
            "it has no 'year'"
        ),
        (
            "calendar.amended/1",
            "{\"entry\":1,\"knownSince\":\"2026-11-05\",\"notice\":\"\",\"days\":[[\"off\",\"2026-01-01\"]]}",
            "a day is not [off or work, date, name] or [normal, date]"
        ),
        ("calendar.service-hours-set/1", "{\"weekly\":{}}", "it has no 'extra'"),
        (
            "calendar.service-hours-set/1",
            "{\"from\":\"2026-02-30\",\"weekly\":{},\"market\":[],\"extra\":[],\"closed\":[]}",
            "2026-02 has no day 30, its days are 01...28"
        ),
        (
            "calendar.service-hours-set/1", "{\"weekly\":{\"mon\":\"9-12\"},\"extra\":[]}",
            "\"9-12\" are no hours, write them as 09:00-12:00 14:00-17:00"
        ),
    ])
    func `what this program cannot read is an error that names it`(_ type: String, _ data: String, _ why: String) {
        do {
            _ = try CalendarEventCoding.decode(Self.recorded(type, data.utf8))
            Issue.record("it was read")
        } catch {
            #expect("\(error)" == "event 7 (\(type)) of calendar/cn cannot be read: \(why)")
        }
    }
}
