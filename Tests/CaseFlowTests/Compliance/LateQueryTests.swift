import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

/// Which cases are late, at the boundaries.
@Suite struct LateQueryTests {
    private func query(
        _ day: String,
        _ state: LateQuery.State = .all,
        _ comparison: LateQuery.Comparison = .date,
        limit: Int? = nil
    ) throws -> LateQuery {
        let date = try CivilDate(day)
        let zone = try #require(TimeZone(identifier: "Asia/Shanghai"))
        let until = try Moment.endOfDay(date, in: zone)
        return LateQuery(asOf: date, until: until, state: state, comparison: comparison, limit: limit)
    }

    /// Late cases as `number state days`.
    private func late(_ log: EventLog, _ query: LateQuery) async throws -> [String] {
        let (rows, total) = try await query.rows(log)
        if query.limit == nil { #expect(rows.count == total) }
        return rows.map { "\($0.case) \($0.state) \($0.daysLate)" }
    }

    @Test func `a case that is due on a day is not late on that day, closed or open`() async throws {
        try await LiveCases.run { cases in
            let due = "2026-03-10T12:00:00+08:00"
            try await cases.add("last-moment", due: due, closed: "2026-03-10T23:59:59+08:00")
            try await cases.add("next-day", due: due, closed: "2026-03-11T00:00:00+08:00")
            try await cases.add("open", due: due)
            try await cases.add("no-limit", due: nil, closed: "2030-01-01T00:00:00Z")
            try await cases.catchUp()
            #expect(try await late(cases.log, query("2026-03-10")) == [])
            #expect(try await late(cases.log, query("2026-03-11")) == ["next-day closed 1", "open open 1"])
            #expect(try await late(cases.log, query("2026-03-20")) == ["open open 10", "next-day closed 1"])
            #expect(try await late(cases.log, query("2026-03-11", .closed)) == ["next-day closed 1"])
            #expect(try await late(cases.log, query("2026-03-11", .open)) == ["open open 1"])
            let row = try #require(try await query("2026-03-11", .closed).rows(cases.log).rows.first)
            #expect(row.stream == "case/next-day")
            #expect([row.receivedOn, row.deadlineOn, row.closedOn] == ["2026-03-01", "2026-03-10", "2026-03-11"])
            #expect(row.deadlineAt == "2026-03-10T04:00:00.000000Z")
            #expect(row.closedAt == "2026-03-10T16:00:00.000000Z")
            let open = try #require(try await query("2026-03-11", .open).rows(cases.log).rows.first)
            #expect(open.closedOn == nil)
            #expect(open.closedAt == nil)
        }
    }

    @Test func `a day before receipt leaves a case out, a day before its end finds it open`() async throws {
        try await LiveCases.run { cases in
            // Received after its limit: late from its first day on.
            try await cases.add("born-late", received: "2026-03-15T09:00:00+08:00", due: "2026-03-05T00:00:00+08:00")
            try await cases.add("slow", due: "2026-03-05T00:00:00+08:00", closed: "2026-03-20T09:00:00+08:00")
            try await cases.catchUp()
            #expect(try await late(cases.log, query("2026-02-28")) == [])
            #expect(try await late(cases.log, query("2026-03-10")) == ["slow open 5"])
            #expect(try await late(cases.log, query("2026-03-10", .closed)) == [])
            #expect(try await late(cases.log, query("2026-03-19")) == ["born-late open 14", "slow open 14"])
            #expect(try await late(cases.log, query("2026-03-20")) == ["born-late open 15", "slow closed 15"])
            #expect(try await late(cases.log, query("2026-03-20", .open)) == ["born-late open 15"])
            #expect(try await late(cases.log, query("2026-04-20", .closed)) == ["slow closed 15"])
        }
    }

    @Test func `a case that was opened again is open`() async throws {
        try await LiveCases.run { cases in
            try await cases.add("r", due: "2026-03-10T00:00:00+08:00", closed: "2026-03-12T00:00:00+08:00")
            let again = try zoned("2026-03-13T00:00:00+08:00")
            try await cases.add("r", [.reopened(at: again, reason: "new evidence")])
            try await cases.catchUp()
            #expect(try await late(cases.log, query("2026-03-20")) == ["r open 10"])
        }
    }

    @Test func `instants and dates are two questions`() async throws {
        try await LiveCases.run { cases in
            try await cases.add("same-day", due: "2026-03-10T12:00:00+08:00", closed: "2026-03-10T15:00:00+08:00")
            // The later date of another offset, but the earlier instant.
            try await cases.add("elsewhere", due: "2026-03-10T23:00:00+08:00", closed: "2026-03-11T00:30:00+10:00")
            try await cases.add("to-the-instant", due: "2026-03-10T12:00:00+08:00", closed: "2026-03-10T12:00:00+08:00")
            try await cases.add("open", due: "2026-03-12T00:00:00+08:00")
            try await cases.catchUp()
            #expect(try await late(cases.log, query("2026-03-12")) == ["elsewhere closed 1"])
            #expect(
                try await late(cases.log, query("2026-03-12", .all, .instant)) == ["open open 0", "same-day closed 0"]
            )
            var midnight = try query("2026-03-12", .open, .instant)
            midnight.until = try zoned("2026-03-12T00:00:00+08:00").timestamp
            #expect(try await late(cases.log, midnight) == [])
        }
    }

    @Test func `a limit shortens the rows and keeps the total`() async throws {
        try await LiveCases.run { cases in
            for index in 1...7 { try await cases.add("c\(index)", due: "2026-03-0\(index)T00:00:00+08:00") }
            try await cases.catchUp()
            let (rows, total) = try await query("2026-03-20", limit: 3).rows(cases.log)
            #expect(rows.map(\.case) == ["c1", "c2", "c3"])
            #expect(total == 7)
            #expect(try await query("2026-03-01", limit: 3).rows(cases.log).total == 0)
        }
    }

    @Test func `late cases are counted by a column, by any attribute, and where there is none`() async throws {
        try await LiveCases.run { cases in
            func attributes(_ department: String?, _ town: String?) -> [XESAttribute] {
                [("department", department), ("town \"x\"", town)].compactMap { key, value in
                    value.map { XESAttribute(.string, key: key, value: $0) }
                }
            }
            let (due, closed) = ("2026-03-10T00:00:00+08:00", "2026-03-10T09:00:00+08:00")
            try await cases.add("1", due: due, attributes: attributes("land", "Xin"))
            try await cases.add("2", due: due, closed: closed, attributes: attributes("land", nil))
            try await cases.add("3", due: due, attributes: attributes(nil, "He"))
            try await cases.add("4", due: due, attributes: attributes("civil", "He"))
            try await cases.add("5", due: due, closed: closed, attributes: attributes("water", "He"))
            try await cases.add("6", due: nil, attributes: attributes("water", "He"))
            try await cases.catchUp()
            func groups(_ key: String, _ state: LateQuery.State = .all) async throws -> [String] {
                let (groups, total, count) = try await query("2026-03-11", state).groups(cases.log, by: key)
                #expect(total == (state == .closed ? 0 : 3))
                #expect(count == groups.count)
                return groups.map { "\($0.group ?? "-") \($0.late)/\($0.cases)" }
            }
            #expect(try await groups("department") == ["civil 1/1", "land 1/2", "- 1/1", "water 0/1"])
            #expect(try await groups("town \"x\"") == ["He 2/3", "Xin 1/1", "- 0/1"])
            let first = try await query("2026-03-11", limit: 2).groups(cases.log, by: "department")
            #expect(first.groups.map(\.group) == ["civil", "land"])
            #expect(first.total == 3)
            #expect(first.count == 4)
            #expect(try await groups("department", .closed) == ["land 0/1", "water 0/1"])
            let row = try #require(try await query("2026-03-11").rows(cases.log).rows.first { $0.case == "1" })
            #expect(row.department == "land")
            #expect(row.responsible == nil)
        }
    }

    @Test func `an attribute that no case has is an error that names those there are`() async throws {
        try await LiveCases.run { cases in
            #expect(try await query("2026-03-11").groups(cases.log, by: "town").count == 0, "a log without cases")
            try await cases.add("0", due: "2026-03-10T00:00:00+08:00")
            try await cases.catchUp()
            do {
                _ = try await query("2026-03-11").groups(cases.log, by: "town")
                Issue.record("it was counted")
            } catch let error as LateQuery.NoSuchAttribute {
                #expect(error.description == "no case has 'town'; the cases have: no attributes")
            }
            let attributes = ["town", "channel"].map { XESAttribute(.string, key: $0, value: "x") }
            try await cases.add("1", due: "2026-03-10T00:00:00+08:00", attributes: attributes)
            try await cases.catchUp()
            for key in ["department", "no such"] {
                do {
                    _ = try await query("2026-03-11").groups(cases.log, by: key)
                    Issue.record("\(key) was counted")
                } catch let error as LateQuery.NoSuchAttribute {
                    #expect(error.description == "no case has '\(key)'; the cases have: channel, town")
                }
            }
            // Of the cases asked about none has it, but others do: that is an answer.
            try await cases.add("2", due: "2026-03-10T00:00:00+08:00", closed: "2026-03-09T00:00:00+08:00")
            try await cases.catchUp()
            let closed = try await query("2026-03-11", .closed).groups(cases.log, by: "town")
            #expect(closed.groups.map(\.group) == [nil])
        }
    }
}
