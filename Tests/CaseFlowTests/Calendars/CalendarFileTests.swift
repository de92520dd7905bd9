import CaseFlow
import Testing
import WorkingTime

/// Files with the days of a year, in four forms.
@Suite struct CalendarFileTests {
    private static func told(_ year: Int? = nil) throws -> CalendarFile.Told {
        var told = CalendarFile.Told(today: try CivilDate("2026-11-22"))
        told.year = year
        return told
    }

    /// `2027-01-01 off 元旦` for each change.
    private static func days(_ file: CalendarFile) -> [String] {
        file.entries.flatMap(\.draft.changes).map { change in
            switch change {
            case .exception(let day): "\(day.date) \(day.kind == .holiday ? "off" : "work") \(day.name)"
            case .normal(let date): "\(date) normal"
            }
        }
    }

    private static let expected = ["2027-01-01 off 元旦", "2027-01-02 off 元旦", "2027-01-03 work 元旦"]

    @Test(arguments: [
        "calendar cn\npublish 2027 on 2026-11-05 by n/27\n  off 元旦 2027-01-01..2027-01-02\n  work 元旦 2027-01-03\n",
        """
        {"year": 2027, "notice": "n/27", "knownSince": "2026-11-05", "days": [
          {"name": "元旦", "date": "2027-01-01", "isOffDay": true},
          {"name": "元旦", "date": "2027-01-02", "kind": "holiday"},
          {"name": "元旦", "date": "2027-01-03", "isWorkingDay": true},
          {"date": "2027-01-09", "isWorkingDay": false}
        ]}
        """,
        "date,is_working_day,name\r\n2027-01-01,0,元旦\r\n2027-01-02,0,元旦\r\n2027-01-03,1,元旦\r\n2027-01-09,0,\r\n",
        "date,kind,name\n2027-01-03,makeup,元旦\n2027-01-01,holiday,元旦\n2027-01-02,off,元旦\n2027-01-09,weekend,\n",
        """
        BEGIN:VCALENDAR
        VERSION:2.0
        BEGIN:VEVENT
        UID:1
        DTSTART;VALUE=DATE:20270101
        DTEND;VALUE=DATE:20270103
        SUMMARY:元旦（休）
        END:VEVENT
        BEGIN:VEVENT
        DTSTART;VALUE=DATE:20270103
        SUMMARY;LANGUAGE="zh:cn":元
         旦 补班
        BEGIN:VALARM
        DTSTART:never
        END:VALARM
        END:VEVENT
        END:VCALENDAR
        """,
    ])
    func `each form says the same`(_ text: String) throws {
        let file = try CalendarFile(text, told: try Self.told())
        #expect(Self.days(file) == Self.expected)
        let entry = try #require(file.entries.first)
        #expect(file.entries.count == 1)
        #expect(entry.draft.year == 2027)
        let saysItself = file.form == .text || file.form == .json
        #expect(entry.draft.notice == (saysItself ? "n/27" : ""))
        #expect(entry.draft.knownSince.description == (saysItself ? "2026-11-05" : "2026-11-22"))
    }

    @Test(arguments: [
        ("date,is_working_day\n2027-13-01,0", "line 2: the month 13 is not in 01...12"),
        ("date,is_working_day\n2027-01-01,2", "line 2: \"2\" is no is_working_day"),
        ("date,is_working_day\n2027-01-01", "line 2: it has 1 fields, not 2 as the header"),
        ("date,kind\n2027-01-01,feast", "line 2: \"feast\" is no kind"),
        ("date,kind\n2027-01-02,weekday", "line 2: 2027-01-02 is no weekday"),
        ("date,is_working_day,kind\n2027-01-01,1,holiday", "line 2: is_working_day and kind contradict each other"),
        ("date,what\n2027-01-01,1", "line 1: there is neither a column is_working_day nor a column kind"),
        ("date,kind\n2027-01-01,holiday\n2027-01-01,makeup", "line 3: 2027-01-01 is told otherwise than in line 2"),
        ("date,is_working_day\n2027-01-04,1", "line 1: it holds no day"),
        ("date,is_working_day\n2028-01-03,0\n2028-01-03,1", "line 3: 2028-01-03 is told otherwise than in line 2"),
        ("date,kind\n2028-01-03,weekday\n2028-01-03,off", "line 3: 2028-01-03 is told otherwise than in line 2"),
        (
            """
            {"days": [
            {"date": "2028-01-03", "isWorkingDay": true},
            {"date": "2028-01-03", "isWorkingDay": false}
            ]}
            """, "line 3: 2028-01-03 is told otherwise than in line 2"
        ),
        ("date,kind\n2027-01-01,off\n2028-01-03,off", "line 2: it holds days of 2027, 2028; say which it publishes"),
        ("{\"days\": [\n{\"date\": \"2027-01-01\"}]}", "line 2: days[0]: it has none of isOffDay"),
        ("{\"days\": [\n{\"date\": \"2027-01-32\", \"isOffDay\": true}]}", "line 2: days[0]: 2027-01 has no day 32"),
        ("{\"days\": [\n{\"date\" \"2027\"}]}", "line 2: this is not JSON"),
        ("{\"a\": 1}", "line 1: there is no list \"days\""),
        (
            "{\"year\":2027,\"days\":[{\"date\":\"2026-11-30\",\"isOffDay\":true}]}",
            "line 1: 2026-11-30 is not a day of 2027"
        ),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:2027\nEND:VEVENT", "line 3: \"2027\" is not a date such as 20260101"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:x\nEND:VEVENT", "line 2: the event has no DTSTART"),
        ("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101", "line 2: the event is not ended"),
        ("BEGIN:VCALENDAR\nnonsense", "line 2: there is no ':' in this line"),
        (
            "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270103\nDTEND:20270101\nEND:VEVENT",
            "line 4: DTEND 2027-01-01 is not a day after DTSTART 2027-01-03"
        ),
        ("publish 2027 on 2026-11-05\noff A 2027-02-30", "line 2: 2027-02 has no day 30"),
    ])
    func `a mistake is named with its line`(_ text: String, _ message: String) throws {
        let told = try Self.told()
        do throws(CalendarTextError) {
            _ = try CalendarFile(text, told: told)
            Issue.record("accepted: \(text)")
        } catch {
            #expect(error.description.hasPrefix(message), "\(error)")
        }
    }

    /// `2028-01-01,0` and so on, the first days of 2028 as a full listing, with one day off.
    private static func listing(days: Int, without left: String = "") throws -> String {
        let first = try CivilDate("2028-01-01")
        let rows = (0..<days).compactMap { first.adding(days: $0) }.filter { $0.description != left }.map { date in
            "\(date),\(WorkWeek.mondayToFriday.contains(date.weekday) && date.description != "2028-01-03" ? 1 : 0)\n"
        }
        return "date,is_working_day\n" + rows.joined()
    }

    @Test(arguments: [(34, "", "2028-02-04", 332), (366, "2028-12-30", "2028-12-30", 1)])
    func `a listing of plain weekdays that breaks off is no year`(days: Int, left: String, gap: String, missing: Int)
        throws
    {
        let text = try Self.listing(days: days, without: left)
        let told = try Self.told()
        do throws(CalendarTextError) {
            _ = try CalendarFile(text, told: told)
            Issue.record("it was taken")
        } catch {
            #expect(error.description.contains("\(gap) is missing first, \(missing) in all"), "\(error)")
        }
    }

    @Test func `a listing of all days is a year`() throws {
        let file = try CalendarFile(try Self.listing(days: 366), told: try Self.told())
        #expect(Self.days(file) == ["2028-01-03 off "])
        #expect(file.entries[0].draft.year == 2028)
    }

    @Test func `a feed leaves out what is no holiday of whole days, and says so`() throws {
        let text = """
            BEGIN:VCALENDAR
            BEGIN:VEVENT
            DTSTART;TZID=Asia/Shanghai:20270101T090000
            SUMMARY:meeting
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20270101
            RRULE:FREQ=YEARLY
            SUMMARY:every year
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20270102
            STATUS:CANCELLED
            SUMMARY:cancelled
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20270208
            SUMMARY:腊八
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20270217
            DURATION:P2D
            SUMMARY:春节 假期 第1天/共2天
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20270220
            X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY
            SUMMARY:春节
            END:VEVENT
            BEGIN:VEVENT
            DTSTART;VALUE=DATE:20280101
            SUMMARY:元旦（休）
            END:VEVENT
            END:VCALENDAR
            """
        let file = try CalendarFile(text, told: try Self.told(2027))
        #expect(Self.days(file) == ["2027-02-17 off 春节", "2027-02-18 off 春节", "2027-02-20 work 春节"])
        #expect(
            file.remarks.map(\.description) == [
                "line 2: \"meeting\" is left out: it is not an event of whole days",
                "line 6: \"every year\" is left out: it comes back by a rule; give each day as an event of its own",
                "line 11: \"cancelled\" is left out: it is cancelled",
                "line 16: \"腊八\" is left out: other days off are marked as such (休), this one is not",
                "line 1: 1 days of other years are left out",
            ]
        )
    }

    @Test func `a table of days takes a calendar's place`() throws {
        let calendar = try WorkCalendar(
            table: "date,is_working_day\n2026-01-01,0\n2026-01-02,1\n2026-01-03,1\n2026-01-05,1\n",
            code: "cn",
            label: "mine.csv"
        )
        #expect(try calendar.adding(workingDays: 2, to: try CivilDate("2026-01-01")).description == "2026-01-03")
        #expect(throws: WorkingTimeError.self) { try calendar.adding(workingDays: 3, to: try CivilDate("2026-01-01")) }
        do throws(CalendarTextError) {
            _ = try WorkCalendar(table: "date,is_working_day\n2026-01-01,0\n2026-01-01,0", code: "cn", label: "")
            Issue.record("it was taken")
        } catch {
            #expect(error.description == "line 3: 2026-01-01 is given twice")
        }
    }
}
