import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

/// Pages, counts and groups of late clocks, on records made at random.
@Suite("Late clocks, page by page")
struct LateClocksTests {
    /// Cases of the licensing law: facts of rising days, some recorded later, and two amendments of the calendar.
    static func make(_ record: ClockRecord, _ generator: inout SeededGenerator, catchingUp: Bool) async throws {
        let first = day("2026-02-02").daysSinceEpoch
        var open: [String] = []
        // One that stays open, so that both amendments always have something to move.
        try await record.receive(
            "anchor",
            on: "2026-02-02",
            statute: Limit(40, .workingDays),
            promise: Limit(40, .workingDays)
        )
        try await record.on("2026-02-02", "anchor", .accepted(isDeemed: false))
        for step in 0..<60 {
            let today = try #require(CivilDate(daysSinceEpoch: first + step)).description
            if step == 20 || step == 40 {
                let date = day(step == 20 ? "2026-03-10" : "2026-03-27")
                let change = CalendarHistory.Change.exception(DayException(date, .holiday, name: "x"))
                let notice = "notice \(step)"
                try await record.amend([change], on: today, notice: notice, entry: step / 20)
            }
            if Int.random(in: 0..<3, using: &generator) > 0 {
                let number = "n\(step)"
                let promise = [3, 7, 12].randomElement(using: &generator) ?? 3
                try await record.receive(
                    number,
                    on: today,
                    promise: Limit(promise, .workingDays),
                    attributes: [
                        "unit": "town-\(step % 3)", "department": "d\(step % 2)", "responsible": "officer/\(step % 4)",
                        "channel": step.isMultiple(of: 5) ? "home" : "hall",
                    ]
                )
                open.append(number)
            }
            for number in open where Int.random(in: 0..<6, using: &generator) == 0 {
                let facts: [Case.ProcedureFact] = [
                    .accepted(isDeemed: false), .supplementNoticed(materials: ["m"], within: Limit(4, .workingDays)),
                    .supplementReceived(materials: ["m"], isComplete: true), .resumed,
                    .suspended(ground: "hearing", told: Limit(3, .workingDays) ?? .none), .delivered(by: nil),
                    .decided(isGranted: true, reasons: "", remedy: ""),
                    .extended(.decisionName, by: Limit(5, .workingDays) ?? .none, authority: "organ-head", reason: "r"),
                    .stageBegun("s", within: Limit(2, .workingDays)), .stageEnded("s"), .withdrawn,
                ]
                // Facts are tried until the law lets one happen; some are entered a few days afterwards.
                let late = step - (Int.random(in: 0..<4, using: &generator) == 0 ? 3 : 0)
                let effective = try #require(CivilDate(daysSinceEpoch: first + late)).description
                for fact in facts.shuffled(using: &generator) {
                    do {
                        try await record.on(effective, number, fact, recordedOn: today)
                        break
                    } catch is Case.Rejection {}
                }
            }
            if catchingUp, step.isMultiple(of: 4) { try await record.catchUp(portion: 2) }
        }
        try await record.catchUp(portion: 5)
    }

    @Test func `rows kept up day by day are those of a rebuild`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        try await ClockRecord.run { record in
            try await Self.make(record, &generator, catchingUp: true)
            let (rows, revisions) = (try await record.rows(), try await record.rows("case_clock_revisions"))
            #expect(rows.count > 100 && revisions.count == 2)
            #expect(rows.contains { $0.contains("calendar amended") }, "seed \(seed)")
            try await ProjectionRunner(CaseClockProjection(portion: 7), on: record.log).rebuild(batchSize: 13)
            let again = try await record.rows()
            #expect(Set(rows).symmetricDifference(again).sorted() == [], "seed \(seed)")
            #expect(try await record.rows("case_clock_revisions") == revisions, "seed \(seed)")
        }
    }

    @Test func `each day, as known on each day, the late ones are those whose reading is late`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        try await ClockRecord.run { record in
            try await Self.make(record, &generator, catchingUp: false)
            let calendars = try await CalendarsOfRecord(record)
            for _ in 0..<40 {
                let known = Int.random(in: 0..<70, using: &generator)
                let asOf = Int.random(in: 0..<80, using: &generator)
                let first = day("2026-02-02").daysSinceEpoch
                let (on, at) = (
                    try #require(CivilDate(daysSinceEpoch: first + asOf)),
                    try #require(CivilDate(daysSinceEpoch: first + known))
                )
                let moment = try Moment.endOfDay(at, in: TownshipCase.zone)
                var wanted: Set<String> = []
                for (number, ledger) in record.ledgers where ledger.known(at: moment).pin != nil {
                    let reader = CaseClocks(try ClockRecord.rules.get(), zone: TownshipCase.zone) {
                        calendars.book(at: $0)
                    }
                    for reading in try reader.readings(of: ledger, asOf: on, knownAt: moment, explained: false)
                    where reading.isLate { wanted.insert("\(number) \(reading.rule.name) \(reading.ordinal)") }
                }
                let question = try ClockRecord.question(on.description, known: at.description)
                let found = try await question.page(record.log, limit: nil).rows.map {
                    "\($0.case) \($0.clock) \($0.ordinal)"
                }
                #expect(Set(found).symmetricDifference(wanted).sorted() == [], "as of \(on), known \(at), seed \(seed)")
                #expect(found.count == Set(found).count)
            }
        }
    }

    @Test func `pages have no gap and no repetition, in every order, and the count is that of the rows`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        try await ClockRecord.run { record in
            try await Self.make(record, &generator, catchingUp: false)
            for known in ["2026-04-30", "2026-03-20"] {
                for sort in LateClocks.Sort.allCases {
                    for state in LateQuery.State.allCases {
                        for light in ClockReading.Light.allCases {
                            var question = try ClockRecord.question("2026-03-25", known: known, sort: sort)
                            question.state = state
                            question.light = light
                            let whole = try await question.page(record.log, limit: nil)
                            #expect(whole.next == nil)
                            let label: Comment = "\(known) \(sort) \(state) \(light), seed \(seed)"
                            #expect(try await question.count(record.log) == whole.rows.count, label)
                            var rows: [LateClocks.Row] = []
                            var cursor: String?
                            repeat {
                                let page = try await question.page(record.log, limit: 7, after: cursor)
                                rows += page.rows
                                cursor = page.next
                            } while cursor != nil && rows.count < 1000
                            #expect(rows == whole.rows, label)
                            if light == .red, sort == .days {
                                let days = rows.compactMap(\.daysLate)
                                #expect(days == days.sorted(by: >) && days.allSatisfy { $0 > 0 }, label)
                            }
                        }
                    }
                }
            }
        }
    }

    @Test func `filters take parts of the whole, and groups sum to the total`() async throws {
        let seed = UInt64.random(in: .min ... .max)
        var generator = SeededGenerator(seed: seed)
        try await ClockRecord.run { record in
            try await Self.make(record, &generator, catchingUp: false)
            let whole = try await ClockRecord.question("2026-04-02").page(record.log, limit: nil).rows
            #expect(whole.count > 10, "seed \(seed)")
            let parts: [(String, WritableKeyPath<LateClocks.Filters, String?>, (LateClocks.Row) -> String?)] = [
                ("unit", \.unit, \.unit), ("department", \.department, \.department),
                ("officer", \.officer, \.responsible),
                ("item", \.item, \.item), ("channel", \.channel, \.channel), ("clock", \.clock, \.clock),
            ]
            for (key, filter, column) in parts {
                let question = try ClockRecord.question("2026-04-02")
                let (groups, total, count) = try await question.groups(record.log, by: key)
                #expect(total == whole.count && count == groups.count, "\(key), seed \(seed)")
                for group in groups {
                    var part = question
                    part.filters[keyPath: filter] = group.group ?? ""
                    let rows = try await part.page(record.log, limit: nil).rows
                    #expect(rows == whole.filter { column($0) == group.group }, "\(key) \(group), seed \(seed)")
                    #expect(rows.count == group.late)
                }
            }
            var some = try ClockRecord.question("2026-04-02")
            some.atLeast = 5
            #expect(try await some.page(record.log, limit: nil).rows == whole.filter { $0.daysLate ?? 0 >= 5 })
            #expect(try await some.count(record.log, atMost: 2) == min(3, whole.filter { $0.daysLate ?? 0 >= 5 }.count))
        }
    }

    @Test func `a cursor belongs to its question`() async throws {
        try await ClockRecord.run { record in
            for number in 1...3 { try await record.receive("\(number)", on: "2026-03-02") }
            try await record.catchUp()
            let question = try ClockRecord.question("2026-03-30")
            let cursor = try #require(try await question.page(record.log, limit: 1).next)
            var other = question
            other.filters.unit = "x"
            for (asked, text) in [(other, cursor), (question, "nonsense"), (question, cursor + "A")] {
                await #expect(throws: LateClocks.WrongCursor.self) {
                    try await asked.page(record.log, limit: 1, after: text)
                }
            }
        }
    }

    @Test func `imported limits are asked about where a case goes by no rules`() async throws {
        try await LiveCases.run { cases in
            try await cases.add("1", due: "2026-03-10T00:00:00+08:00", closed: "2026-03-12T09:00:00+08:00")
            try await cases.add("2", due: "2026-03-11T00:00:00+08:00")
            try await cases.add("3", due: nil)
            try await cases.add("ahead", due: "2026-03-11T00:00:00+08:00", closed: "2090-01-01T00:00:00+08:00")
            try await ProjectionRunner(CaseClockProjection(), on: cases.log).catchUp()
            func late(_ day: String, _ state: LateQuery.State = .all) async throws -> [String] {
                var question = LateClocks(asOf: try CivilDate(day), knownAt: .latest, isNow: true)
                question.state = state
                return try await question.page(cases.log, limit: nil).rows.map {
                    "\($0.case) \($0.clock) \($0.state) \($0.daysLate ?? 0)"
                }
            }
            #expect(try await late("2026-03-10") == [])
            #expect(try await late("2026-03-11") == ["1 imported open 1"])
            #expect(
                try await late("2026-03-12") == [
                    "1 imported closed 2", "2 imported open 1", "ahead imported open 1",
                ]
            )
            #expect(try await late("2030-03-12", .closed) == ["1 imported closed 2"])
            #expect(try await late("2091-03-12", .closed).count == 2)
        }
    }
}

/// The calendars of a record, as they were known at a moment.
private struct CalendarsOfRecord {
    private let loaded: CalendarBook

    init(_ record: ClockRecord) async throws {
        try await record.registerStreams()
        loaded = try await CalendarBook.load(record.log, zone: TownshipCase.zone)
    }

    func book(at moment: Timestamp) -> WorkCalendar? { try? loaded.calendar("cn", knownAt: moment) }
}

extension ClockRecord {
    /// What appends would have written beside the events, for readers that look up streams.
    func registerStreams() async throws {
        try await run(
            """
            INSERT INTO caseflow.streams (log_id, stream, version, head_leaf, recorded_at)
            SELECT log_id, stream, max(version), decode(repeat('00', 32), 'hex'), max(recorded_at) FROM caseflow.events
             WHERE log_id = '\(log.id.rawValue)' GROUP BY 1, 2 ON CONFLICT DO NOTHING
            """
        )
    }
}

extension ClockName {
    fileprivate static var decisionName: ClockName { ClockName(rawValue: "decision") ?? .other }
}
