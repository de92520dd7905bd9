import Foundation
import Support
import Testing

/// `caseflowd due` and `caseflowd calendar`, as their users call them.
@Suite struct CalendarCommandTests {
    private static let cal = "date,kind,name\n2027-01-01,holiday,元旦\n2027-01-02,holiday,元旦\n2027-01-03,makeup,元旦\n"

    @Test func `due needs no database and tells its derivation`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let plain = try await caseflowd("due", "--from", "2026-02-10", "--working-days", "20", "--json")
        #expect(plain.status == 0, "\(plain.errors)")
        let answer = try plain.json()
        #expect(answer["due"] as? String == "2026-03-16")
        #expect(answer["provisional"] as? Bool == false)
        #expect(answer["calendar"] as? String == "cn")
        #expect(answer["calendarVersion"] as? Int == 15)
        let steps = try #require(answer["derivation"] as? [[String: Any]])
        #expect(steps.first?["kind"] as? String == "event")
        #expect(steps.last?["kind"] as? String == "due")
        #expect(steps.allSatisfy { $0["date"] is String && $0["reason"] is String })
        for (arguments, due) in [
            (["--from", "2026-02-10", "--working-days", "20", "--pause", "2026-02-25..2026-03-02"], "2026-03-20"),
            (
                [
                    "--from", "2026-02-10", "--working-days", "20", "--pause", "2026-02-25..2026-03-02",
                    "--pause-counting",
                    "half-open",
                ], "2026-03-20"
            ),
            (["--from", "2026-02-10", "--calendar-days", "10"], "2026-02-24"),
            (["--from", "2026-02-10", "--weeks", "8"], "2026-04-07"),
            (["--from", "2026-01-31", "--months", "1"], "2026-02-28"),
            (["--from", "2026-02-10", "--working-days", "0"], "2026-02-10"),
            (["--from", "2022-05-20", "--working-days", "20", "--calendar", "gb-eng"], "2022-06-21"),
            (["--from", "2020-01-23", "--working-days", "10", "--known-at", "2020-01-26"], "2020-02-12"),
            (["--from", "2020-01-23", "--working-days", "10"], "2020-02-14"),
            (["--from", "2026-02-10", "--calendar-days", "60", "--roll", "preceding"], "2026-04-10"),
            (["--from", "2026-02-10T14:30", "--service-minutes", "400"], "2026-02-11T15:10"),
            (
                [
                    "--from", "2026-02-10T14:30+08:00", "--service-minutes", "90", "--pause",
                    "2026-02-10T07:00Z..2026-02-10T08:00Z",
                ], "2026-02-10T17:00"
            ),
        ] {
            let run = try await caseflowd.run(["due", "--json"] + arguments)
            #expect(run.status == 0, "\(run.errors)")
            #expect(try run.json()["due"] as? String == due, "\(arguments)")
        }
        let open = try await caseflowd(
            "due",
            "--from",
            "2026-02-10",
            "--working-days",
            "20",
            "--pause",
            "2026-02-25..",
            "--json"
        )
        #expect(try open.json()["due"] is NSNull)
        #expect(try open.json()["running"] as? Bool == false)
        #expect(try open.json()["left"] as? Int == 14)
        let words = try await caseflowd("due", "--from", "2026-02-10", "--working-days", "20", "--language", "zh-CN")
            .output
        #expect(words.hasPrefix("到期：2026-03-16（星期一）\n"))
        let far = try await caseflowd("due", "--from", "2026-12-30", "--working-days", "9").output
        #expect(far.hasPrefix("due 2027-01-12, Tuesday (PROVISIONAL: "))
    }

    @Test(arguments: [
        ["due"], ["due", "--from", "2026-02-10"], ["due", "--from", "2026-02-30", "--working-days", "1"],
        ["due", "--from", "2026-02-10", "--working-days", "1", "--weeks", "1"],
        ["due", "--from", "2026-02-10", "--working-days", "-1"], ["due", "--from", "2026-02-10", "--working-days=-1"],
        ["due", "--from", "2026-02-10", "--working-days", "1", "--pause", "2026-02-12"],
        ["due", "--from", "2026-02-10", "--working-days", "1", "--pause", "2026-02-12..2026-02-11"],
        ["due", "--from", "2026-02-10", "--working-days", "1", "--calendar", "xx"],
        ["due", "--from", "2026-02-10", "--working-days", "1", "--calendar-version", "99"],
        ["due", "--from", "2026-02-10", "--working-days", "1", "--known-at", "soon"],
        ["due", "--from", "2026-02-10", "--working-days", "1", "--pause-counting", "other"],
        ["due", "--csv", "a.csv", "--from", "2026-02-10"], ["calendar", "show"], ["calendar", "show", "0"],
        ["calendar", "show", "2026", "--code", "xx"], ["calendar", "show", "2026", "--code", "CN!"],
        ["calendar", "amend"], ["calendar", "amend", "--off", "2026-13-01"], ["calendar", "list", "--code", "xx"],
        ["calendar", "hours", "hall", "--market", "daily"], ["calendar", "hours", "hall", "--weekday", "mon 9-12"],
    ])
    func `a wrong call ends with 2 and says what is wrong`(_ arguments: [String]) async throws {
        let run = try await Caseflowd(database: "host=/nowhere port=1").run(arguments)
        #expect(run.status == 2, "\(arguments): \(run.output)\(run.errors)")
        #expect(run.output.isEmpty)
        #expect(!run.errors.isEmpty)
    }

    @Test func `what cannot be computed is refused, not guessed`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let early = try await caseflowd("due", "--from", "2014-01-01", "--working-days", "1")
        #expect(early.status == 1)
        #expect(early.errors.contains("2014-01-01 lies before the calendar's first day, 2015-01-01"))
        let file = try caseflowd.scratch.write("a.csv", "start,n\n2026-02-10,20\n2026-02-31,1\n2026-02-10,5\n")
        let stopped = try await caseflowd("due", "--csv", file)
        #expect(stopped.status == 1)
        #expect(stopped.output == "start,n,due\n2026-02-10,20,2026-03-16\n")
        #expect(stopped.errors.contains("a.csv: line 3: "), "\(stopped.errors)")
        let passed = try await caseflowd("due", "--csv", file, "--on-problem", "skip")
        #expect(passed.status == 1)
        #expect(passed.output == "start,n,due\n2026-02-10,20,2026-03-16\n2026-02-31,1,\n2026-02-10,5,2026-02-24\n")
        let other = try caseflowd.scratch.write("b.csv", "a,b\n1,2\n")
        #expect(try await caseflowd("due", "--csv", other).status == 2)
        let days = try caseflowd.scratch.write(
            "c.csv",
            "date,is_working_day\n2026-02-10,1\n2026-02-11,0\n2026-02-12,1\n"
        )
        let mine = try await caseflowd(
            "due",
            "--from",
            "2026-02-10",
            "--working-days",
            "1",
            "--calendar-file",
            days,
            "--json"
        )
        #expect(try mine.json()["due"] as? String == "2026-02-12")
    }

    @Test func `a year is imported, waits, is confirmed by a second person, and counts from then on`() async throws {
        let caseflowd = try Caseflowd(try await TestCluster.shared.database())
        let file = try caseflowd.scratch.write("2027.csv", Self.cal)
        let importing = ["calendar", "import", file, "--notice", "n/27", "--on", "2026-11-05", "--actor", "officer/17"]
        let imported = try await caseflowd.run(importing + ["--json"])
        #expect(imported.status == 0, "\(imported.errors)")
        let entry = try #require((try imported.json()["entries"] as? [[String: Any]])?.first)
        #expect(entry["entry"] as? Int == 1 && entry["year"] as? Int == 2027)
        #expect(entry["daysOff"] as? Int == 2 && entry["makeUpDays"] as? Int == 1)
        #expect((try await caseflowd.run(importing + ["--json"]).json()["entries"] as? [Any])?.isEmpty == true)

        let due = ["due", "--from", "2026-12-31", "--working-days", "1", "--log", "main", "--json"]
        #expect(try await caseflowd.run(due).json()["due"] as? String == "2027-01-01")
        #expect(try await caseflowd.run(due).json()["provisional"] as? Bool == true)
        let same = try await caseflowd("calendar", "confirm", "1", "--actor", "officer/17")
        #expect(same.status == 1)
        #expect(same.errors.contains("entry 1 was made by officer/17, so a second person has to confirm it"))
        let confirmed = try await caseflowd("calendar", "confirm", "1", "--actor", "officer/18", "--json")
        #expect(confirmed.status == 0, "\(confirmed.errors)")
        #expect(try confirmed.json()["isNew"] as? Bool == true)
        #expect(
            try await caseflowd("calendar", "confirm", "1", "--actor", "officer/18", "--json").json()["isNew"] as? Bool
                == false
        )
        let after = try await caseflowd.run(due).json()
        #expect(after["due"] as? String == "2027-01-03")
        #expect(after["provisional"] as? Bool == false)
        #expect(after["calendarVersion"] as? Int == 16)
        // The log's entry is known since today; with the version before, the answer is what it was.
        #expect(try await caseflowd.run(due + ["--calendar-version", "15"]).json()["due"] as? String == "2027-01-01")
        #expect(try await caseflowd.run(due + ["--known-at", "2026-01-01"]).json()["due"] as? String == "2027-01-01")

        let twice = try await caseflowd("calendar", "import", file, "--actor", "officer/19")
        #expect(twice.status == 1)
        #expect(twice.errors.contains("2027.csv: line 2: 2027 has been published already (entry 1); amend it"))
        let list = try await caseflowd("calendar", "list", "--log", "main", "--json").json()
        let calendars = try #require(list["calendars"] as? [[String: Any]])
        let version = try #require((calendars.first?["versions"] as? [[String: Any]])?.last)
        #expect(version["enteredBy"] as? String == "officer/17" && version["confirmedBy"] as? String == "officer/18")
        #expect(version["notice"] as? String == "n/27" && version["noticeDate"] as? String == "2026-11-05")
        try await amend(caseflowd)
        let verify = try await caseflowd("log", "verify", "--json").json()
        #expect(verify["ok"] as? Bool == true)
    }

    private func amend(_ caseflowd: Caseflowd) async throws {
        let amend = ["calendar", "amend", "--actor", "officer/17", "--name", "元旦"]
        let nothing = try await caseflowd.run(amend + ["--off", "2027-01-01"])
        #expect(nothing.status == 1 && nothing.errors.contains("nothing to amend"))
        let unknown = try await caseflowd.run(amend + ["--off", "2028-01-01"])
        #expect(unknown.status == 1 && unknown.errors.contains("2028-01-01 lies in a year that has not been published"))
        let unnamed = try await caseflowd.run(amend + ["--off", "2027-01-04"])
        #expect(unnamed.status == 1 && unnamed.errors.contains("the number of the notice that amends is missing"))
        let done = try await caseflowd.run(
            amend + ["--no-notice"] + ["--off", "2027-01-04..2027-01-05", "--normal", "2027-01-03", "--json"]
        )
        #expect(done.status == 0, "\(done.errors)")
        #expect(try await caseflowd("calendar", "confirm", "2", "--actor", "officer/18").status == 0)
        let year = try await caseflowd("calendar", "show", "2027", "--log", "main", "--json").json()
        let days = try #require(year["days"] as? [[String: Any]])
        #expect(days.count == 365 && year["provisional"] as? Bool == false)
        #expect(days[2]["isWorkingDay"] as? Bool == false && days[3]["kind"] as? String == "holiday")
        let deleted = try await caseflowd("calendar", "delete", "2")
        #expect(deleted.status == 1 && deleted.errors.contains("entry 2 stays: calendars are only amended"))
        let hours = try await caseflowd(
            "calendar",
            "hours",
            "hall",
            "--weekday",
            "mon-fri 09:00-12:00 14:00-17:00",
            "--follows",
            "cn",
            "--market",
            "2027-01-02 every 3 09:00-16:00",
            "--actor",
            "officer/17",
            "--on",
            "2027-01-02",
            "--json"
        ).json()
        #expect(hours["hours"] as? String == "09:00-16:00")
        let due = try await caseflowd(
            "due",
            "--from",
            "2027-01-01T10:00",
            "--service-minutes",
            "30",
            "--service-calendar",
            "hall",
            "--log",
            "main",
            "--json"
        ).json()
        #expect(due["due"] as? String == "2027-01-02T09:30")
    }

    @Test func `a year is shown, and a file is previewed without being stored`() async throws {
        let caseflowd = try Caseflowd(database: "host=/nowhere port=1")
        let year = try await caseflowd("calendar", "show", "2026", "--json").json()
        #expect(year["workingDays"] as? Int == 248 && year["provisional"] as? Bool == false)
        let beyond = try await caseflowd("calendar", "show", "2027")
        #expect(beyond.status == 0 && beyond.output.contains("PROVISIONAL"))
        let file = try caseflowd.scratch.write("2027.csv", Self.cal)
        let preview = try await caseflowd("calendar", "show", "--preview", file, "--language", "zh-CN")
        #expect(preview.status == 0, "\(preview.errors)")
        #expect(preview.output.hasPrefix("预览，未保存\n2027 年"))
        #expect(preview.output.contains("   1-2 * 元旦\n   3 + 元旦\n"))
        let bad = try caseflowd.scratch.write("bad.csv", "date,kind\n2027-01-32,holiday\n")
        let refused = try await caseflowd("calendar", "show", "--preview", bad)
        #expect(refused.status == 1 && refused.errors.contains("bad.csv: line 2: 2027-01 has no day 32"))
        let missing = try await caseflowd("calendar", "import", "nowhere.csv")
        #expect(missing.status == 1 && missing.errors.contains("nowhere.csv: it cannot be read"))
    }
}
