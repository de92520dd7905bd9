import CaseFlow
import Foundation
import Support
import Testing
import WorkingTime

@Suite("Calendars and their history")
struct CalendarHistoryTests {
    private static let isPresent = sharedData("calendar/cn-workdays.csv") != nil
    private static let absent: Comment = "../shared/data does not lie beside the repository"

    /// Rows of a CSV without quotes, by column name.
    private func rows(_ name: String) throws -> [[String: String]] {
        let text = try String(contentsOfFile: try #require(sharedData(name)), encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline)
        let names = try #require(lines.first).split(separator: ",").map(String.init)
        return lines.dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Dictionary(uniqueKeysWithValues: zip(names, fields))
        }
    }

    @Test(.enabled(if: isPresent, absent))
    func `China's calendar says of 4,383 days what four sources say, and why`() throws {
        let calendar = try #require(try CalendarHistory.shipped("cn").latest)
        #expect(calendar.horizon.description == "2026-12-31")
        #expect(calendar.version == CalendarVersion(15, label: "国办发明电〔2025〕7号"))
        var wrong: [String] = []
        let rows = try rows("calendar/cn-workdays.csv")
        for row in rows {
            let day = try calendar.day(try CivilDate(row["date"] ?? ""))
            let kind = day.kind == .makeUp ? "makeup" : day.kind.rawValue
            if day.isWorkingDay != (row["is_working_day"] == "1") || kind != row["kind"] { wrong.append("\(row)") }
        }
        #expect(rows.count == 4_383)
        #expect(wrong.isEmpty)
    }

    @Test(.enabled(if: isPresent, absent))
    func `Each amended day was known one way before and the other after`() throws {
        let history = try CalendarHistory.shipped("cn")
        for row in try rows("calendar/cn-calendar-revisions.csv") {
            let date = try CivilDate(row["date"] ?? "")
            let amended = try CivilDate(row["amended_on"] ?? "")
            let dayBefore = try #require(amended.adding(days: -1))
            let before = try #require(history.calendar(knownOn: dayBefore))
            let after = try #require(history.calendar(knownOn: amended))
            #expect(try before.isWorkingDay(date) == (row["working_before"] == "1"), "\(row)")
            #expect(try after.isWorkingDay(date) == (row["working_after"] == "1"), "\(row)")
            #expect(try after.day(date).name == row["name"])
            #expect(after.version.number == before.version.number + 1)
        }
    }

    @Test(.enabled(if: isPresent, absent))
    func `127 due dates as known before and after an amendment`() throws {
        let history = try CalendarHistory.shipped("cn")
        let rows = try rows("oracle/due-oracle-revisions.csv")
        #expect(rows.count == 127)
        for row in rows {
            let amended = try CivilDate(row["amended_on"] ?? "")
            let dayBefore = try #require(amended.adding(days: -1))
            let before = try #require(history.calendar(knownOn: dayBefore))
            let after = try #require(history.calendar(knownOn: amended))
            let accepted = try CivilDate(row["accepted"] ?? "")
            let n = try #require(row["n"].flatMap { Int($0) })
            #expect(
                try before.adding(workingDays: n, to: accepted).description == row["due_before_amendment"],
                "\(row)"
            )
            #expect(try after.adding(workingDays: n, to: accepted).description == row["due_after_amendment"], "\(row)")
        }
    }

    @Test func `What was known when`() throws {
        let history = try CalendarHistory.shipped("cn")
        #expect(history.calendar(knownOn: try CivilDate("2014-12-15")) == nil)
        let first = try #require(history.calendar(knownOn: try CivilDate("2014-12-16")))
        #expect(first.horizon.description == "2015-12-31")
        #expect(first.version == CalendarVersion(1, label: "国办发明电〔2014〕28号"))
        // The notice for 2019 changed the last days of 2018.
        let newYearsEve = try CivilDate("2018-12-31")
        #expect(try history.calendar(knownOn: try CivilDate("2018-12-05"))?.isWorkingDay(newYearsEve) == true)
        #expect(try history.calendar(knownOn: try CivilDate("2018-12-06"))?.isWorkingDay(newYearsEve) == false)
        #expect(history.calendar(version: 16) == nil)
        #expect(throws: CalendarHistory.NotShipped.self) { try CalendarHistory.shipped("xx") }
    }

    @Test func `An amendment can withdraw an exception`() throws {
        let history = try CalendarHistory(
            parsing: """
                calendar test   # a comment
                week mon tue wed thu
                publish 2026 on 2025-11-01
                  off Fair 2026-05-04..2026-05-06
                amend on 2026-03-01 by notice 7 of 2026
                  normal 2026-05-05
                  work Fair 2026-05-08
                """
        )
        let calendar = try #require(history.latest)
        #expect(calendar.version == CalendarVersion(2, label: "notice 7 of 2026"))
        let kinds = try (4...8).map { try calendar.day(try CivilDate(year: 2026, month: 5, day: $0)).kind }
        #expect(kinds == [.holiday, .weekday, .holiday, .weekday, .makeUp])
    }

    @Test(arguments: [
        ("", "line 1: no year is published"), ("calendar cn\nfrob", "line 2: \"frob\" is none of calendar"),
        ("publish 2026 on 2025-11-01", "line 1: the calendar has no name yet"),
        ("calendar x\npublish 26 on 2025-11-01", "line 2: \"26\" is not a year"),
        ("calendar x\npublish 2026 2025-11-01", "line 2: write: publish YEAR on DATE [by NOTICE]"),
        ("calendar x\npublish 2026 on 2025-11-31", "line 2: 2025-11 has no day 31"),
        ("calendar x\n\noff A 2026-01-01", "line 3: off stands under publish or amend"),
        ("calendar x\npublish 2026 on 2025-11-01\noff 2026-01-01", "line 3: write: off NAME DAYS..."),
        ("calendar x\npublish 2026 on 2025-11-01\noff A 2026-01-02..2026-01-01", "line 3: 2026-01-02..2026-01-01"),
        (
            "calendar x\npublish 2026 on 2025-11-01\noff A 2026-01-01\nwork A 2026-01-01",
            "line 4: 2026-01-01 is given twice"
        ),
        ("calendar x\npublish 2026 on 2025-11-01\noff A 2025-12-31", "line 3: 2025-12-31 lies in a year"),
        ("calendar x\npublish 2026 on 2025-11-01\nnormal 2026-12-31", "line 3: 2026-12-31 is normal already"),
        (
            "calendar x\npublish 2026 on 2025-11-01\npublish 2026 on 2025-11-02",
            "line 3: 2026 has been published already"
        ),
        (
            "calendar x\npublish 2026 on 2025-11-01\namend on 2025-10-01",
            "line 3: 2025-10-01 is earlier than 2025-11-01"
        ),
        ("calendar x\nweek mon die", "line 2: \"die\" is none of mon tue"),
    ])
    func `A text that is no calendar names the line`(_ text: String, _ message: String) throws {
        do throws(CalendarTextError) {
            _ = try CalendarHistory(parsing: text)
            Issue.record("accepted: \(text)")
        } catch {
            #expect(error.description.hasPrefix(message))
        }
    }
}
