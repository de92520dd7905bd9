import CaseFlow
import Foundation
import Support
import Testing
import WorkingTime

/// Due dates of tables, also against those that others computed.
@Suite struct DueTableTests {
    private static let isPresent = sharedData("oracle/due-oracle.csv") != nil
    private static let absent: Comment = "../shared/data does not lie beside the repository"

    /// The rows of the answer.
    private func run(_ text: String, _ change: (inout DueTable.Settings) throws -> Void = { _ in }) throws -> (
        rows: [[String]], summary: DueTable.Summary, problems: [String], remarks: [String]
    ) {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("due-\(UUID().uuidString).csv")
        try Data(text.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        return try run(path: file.path, change)
    }

    private func run(path: String, _ change: (inout DueTable.Settings) throws -> Void = { _ in }) throws -> (
        rows: [[String]], summary: DueTable.Summary, problems: [String], remarks: [String]
    ) {
        var settings = DueTable.Settings(calendar: try #require(try CalendarHistory.shipped("cn").latest))
        try change(&settings)
        var bytes: [UInt8] = []
        var problems: [String] = []
        var remarks: [String] = []
        let summary = try DueTable(settings).run(path: path) {
            bytes += $0
        } problem: {
            problems.append("\($0)")
        } remark: {
            remarks.append($0)
        }
        let rows = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        return (rows, summary, problems, remarks)
    }

    /// Rows whose last field is that of a column, and all that have one.
    private func agreeing(_ rows: [[String]], _ column: String) throws -> [Int] {
        let index = try #require(rows.first?.firstIndex(of: column))
        let told = rows.dropFirst().filter { !$0[index].isEmpty }
        return [told.count { $0[index] == $0.last }, told.count]
    }

    @Test(.enabled(if: isPresent, absent)) func `2,500 due dates, by the shipped calendar and by a table of days`()
        throws
    {
        let path = try #require(sharedData("oracle/due-oracle.csv"))
        // The table has a column due of its own; the one that is appended is the last.
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let answer = try run(text)
        #expect(try agreeing(answer.rows, "due") == [2_500, 2_500])
        #expect(answer.remarks.count == 1)
        let table = try String(contentsOfFile: try #require(sharedData("calendar/cn-workdays.csv")), encoding: .utf8)
        let calendar = try WorkCalendar(table: table, code: "cn", label: "cn-workdays.csv")
        #expect(try agreeing(try run(text) { $0.calendar = calendar }.rows, "due") == [2_500, 2_500])
    }

    @Test(.enabled(if: isPresent, absent)) func `pauses by both rules, and by the moment`() throws {
        let path = try #require(sharedData("oracle/due-oracle-pauses.csv"))
        #expect(try agreeing(try run(path: path).rows, "due_civil") == [500, 500])
        #expect(try agreeing(try run(path: path) { $0.counting = .halfOpen }.rows, "due_halfopen") == [500, 500])
        for (text, column) in [("00:00-24:00", "due_instant_24h"), ("09:00-12:00 14:00-17:00", "due_instant_bh")] {
            let hours = try DayHours(text)
            let answer = try run(path: path) { settings in
                settings.unit = .serviceDays(hours)
                settings.hours = try .workingDays(of: settings.calendar, hours)
            }
            #expect(try agreeing(answer.rows, column) == [500, 500])
        }
    }

    @Test(.enabled(if: isPresent, absent)) func `127 due dates before and after an amendment`() throws {
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        let book = try CalendarBook(zone: zone)
        let path = try #require(sharedData("oracle/due-oracle-revisions.csv"))
        let rows = try run(path: path).rows
        let amended = try #require(rows.first?.firstIndex(of: "amended_on"))
        var right = [0, 0]
        for day in Set(rows.dropFirst().map { $0[amended] }) {
            let date = try CivilDate(day)
            let before = try #require(date.adding(days: -1))
            for (place, known) in [before, date].enumerated() {
                let moment = try Moment.endOfDay(known, in: zone)
                let answer = try run(path: path) { $0.calendar = try book.calendar("cn", knownAt: moment) }
                let column = place == 0 ? "due_before_amendment" : "due_after_amendment"
                let index = try #require(answer.rows[0].firstIndex(of: column))
                right[place] += answer.rows.count { $0[amended] == day && $0[index] == $0.last }
            }
        }
        #expect(right == [127, 127])
    }

    @Test func `columns by name in any order, or by place without a header`() throws {
        let named = try run("n,note,start\n20,\"a, \"\"b\"\"\",2026-02-10\n5,,2026-02-10T23:59:00+08:00\n")
        #expect(
            named.rows == [
                ["n", "note", "start", "due"], ["20", "\"a", " \"\"b\"\"\"", "2026-02-10", "2026-03-16"],
                ["5", "", "2026-02-10T23:59:00+08:00", "2026-02-24"],
            ]
        )
        let plain = try run(
            "2026-02-10,20\n2026-02-10,20,2026-02-25,2026-03-02\n2026-02-10,20,2026-02-25,\n2026-12-30,9\n"
        )
        #expect(plain.rows.compactMap(\.last) == ["2026-03-16", "2026-03-20", "not running; 14 left", "2027-01-12"])
        #expect(plain.summary.rows == 4)
        #expect(plain.summary.provisional == 1)
        #expect(plain.summary.problems == 0)
        let marked = try run("start,n\n2026-02-10,20\n2026-12-30,9\n") { $0.tellsProvisional = true }
        #expect(
            marked.rows.map { $0.suffix(2) } == [["due", "provisional"], ["2026-03-16", "0"], ["2027-01-12", "1"]]
        )
        #expect(throws: DueTable.WrongColumns.self) { try run("start,length\n2026-02-10,20\n") }
    }

    @Test func `a bad row stops the table with its line, or is passed over when that is wanted`() throws {
        let text =
            "start,n,pause1,resume1\n2026-02-10,20,,\n2026-02-30,20,,\n2026-02-10,many,,\n2026-02-10,-1,,\n2014-01-01,1,,\n2026-02-10,1,2026-02-12,2026-02-11\n2026-02-10,5,,\n"
        do {
            _ = try run(text)
            Issue.record("it went through")
        } catch let error as DueTable.BadRow {
            #expect(error.problem.line == 3)
            #expect(error.problem.what.contains("2026-02 has no day 30"))
        }
        let answer = try run(text) { $0.policy = .skip }
        #expect(answer.rows.dropFirst().compactMap(\.last) == ["2026-03-16", "", "", "", "", "", "2026-02-24"])
        #expect(answer.problems.count == 5)
        #expect(answer.problems[0].hasPrefix("line 3: "))
        #expect(answer.problems[4].contains("is resumed at 2026-02-11, before it is paused"))
    }

    @Test(arguments: [
        ("start,n,pause1", "the column pause1 has no column resume1: add it"),
        ("start,n,resume2", "the column resume2 has no column pause2: add it"),
        ("start,n,pause", "the column pause has no column resume: add it"),
        ("start,n,pause1,resume1,pause1", "there are two columns pause1"),
    ])
    func `columns that would be lost are refused`(_ header: String, _ message: String) throws {
        do {
            _ = try run(header + "\n2026-02-10,20,,,\n")
            Issue.record("it was taken")
        } catch let error as DueTable.WrongColumns {
            #expect(error.description.hasPrefix(message), "\(error)")
        }
    }

    @Test func `a column of the table's own stays, is spoken of, and the one that is appended is the last`() throws {
        let own = "start,n,Due,provisional\n2026-02-10,20,x,y\n"
        let answer = try run(own)
        #expect(answer.rows[1] == ["2026-02-10", "20", "x", "y", "2026-03-16"])
        #expect(answer.remarks.count == 1 && answer.remarks[0].contains("a column due already"))
        let both = try run(own) { $0.tellsProvisional = true }
        #expect(both.rows[1].suffix(2) == ["2026-03-16", "0"] && both.remarks.count == 2)
    }

    @Test func `columns that look like pauses are named`() throws {
        let answer = try run("start,n,paused_on,suspended,pause_a,resume_a\n2026-02-10,20,,,2026-02-25,2026-03-02\n")
        #expect(answer.rows[1].last == "2026-03-20")
        #expect(
            answer.remarks
                == ["paused_on", "suspended"].map {
                    "the column \($0) is not read: name pauses pause1, resume1, pause2, resume2"
                }
        )
    }

    @Test func `the due date stands in its column, however long the row is`() throws {
        let text = "start,n,pause1,resume1,note\n2026-02-10,20\n2026-02-10,20,2026-02-25\n2026-02-10\n"
        let answer = try run(text + "2026-02-10,20,,,a,b\n2026-02-10,5,,,x\n") { $0.policy = .skip }
        #expect(
            answer.rows.dropFirst() == [
                ["2026-02-10", "20", "", "", "", "2026-03-16"],
                ["2026-02-10", "20", "2026-02-25", "", "", "not running; 14 left"],
                ["2026-02-10", "", "", "", "", ""], ["2026-02-10", "20", "", "", "a", "b", ""],
                ["2026-02-10", "5", "", "", "x", "2026-02-24"],
            ]
        )
        #expect(answer.problems.count == 2)
        #expect(answer.problems[1].hasPrefix("line 5: the row has 6 fields, the header 5"))
    }

    @Test func `a row that is no CSV is named and left out`() throws {
        let answer = try run("start,n\n2026-02-10,20\n2026-02-10,\"20\n2026-02-10,5\n") { $0.policy = .skip }
        #expect(answer.rows.dropFirst().compactMap(\.last) == ["2026-03-16", "2026-02-24"])
        #expect(answer.problems.count == 1 && answer.problems[0].contains("the row is left out"))
        #expect(answer.summary.rows == 2 && answer.summary.problems == 1)
    }

    @Test func `by the clock, pauses are taken in the offset of the start`() throws {
        let text = "start,n,pause1,resume1\n2026-02-10T14:30+08:00,90,2026-02-10T07:00Z,2026-02-10T08:00Z\n"
        let answer = try run(text) { settings in
            settings.unit = .serviceMinutes
            settings.hours = try .workingDays(of: settings.calendar, try DayHours("09:00-12:00 14:00-17:00"))
        }
        #expect(answer.rows[1].last == "2026-02-10T17:00:00+08:00")
    }
}
