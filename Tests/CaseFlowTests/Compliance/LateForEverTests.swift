import CaseFlow
import EventStore
import Foundation
import Support
import Testing
import WorkingTime

/// What was known at a moment stays so for ever, to the byte.
@Suite("Late clocks, asked again a year later")
struct LateForEverTests {
    /// Every answer to questions about the first two months, as the bytes of its pages: by all orders, under filters, as known
    /// on days in between and at their end.
    private static func answers(_ log: EventLog) async throws -> [Data] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        var answers: [Data] = []
        for known in ["2026-02-20", "2026-03-09", "2026-03-31", "2026-04-02"] {
            for asOf in ["2026-02-19", "2026-03-27", known, "2026-05-15"] {
                for sort in LateClocks.Sort.allCases {
                    var questions = [try ClockRecord.question(asOf, known: known, sort: sort)]
                    if sort == .days {
                        for change: (inout LateClocks) -> Void in [
                            { $0.filters.unit = "town-1" }, { $0.filters.officer = "officer/2" },
                            { $0.filters.clock = "promise" }, { $0.state = .closed }, { $0.light = .yellow },
                        ] {
                            var question = questions[0]
                            change(&question)
                            questions.append(question)
                        }
                    }
                    for question in questions {
                        var after: String?
                        repeat {
                            let page = try await question.page(log, limit: 7, after: after)
                            answers.append(try encoder.encode(page.rows))
                            after = page.next
                        } while after != nil
                    }
                }
            }
        }
        return answers
    }

    /// The first page that is another one, with what it was; nil where all are the same to the byte.
    private static func difference(_ before: [Data], _ after: [Data]) -> String? {
        if let (old, new) = zip(before, after).first(where: { $0 != $1 }) {
            return "\(String(decoding: old, as: UTF8.self))\nis now\n\(String(decoding: new, as: UTF8.self))"
        }
        return before.count == after.count ? nil : "\(before.count) pages are now \(after.count)"
    }

    /// The licensing law in a later version, whose ladders are other ones.
    private static func nextPack() throws -> RulePack {
        let file = repositoryFile("Sources/CaseFlow/Clock/Packs/cn-licensing.yaml")
        let text = try String(contentsOf: file, encoding: .utf8)
            .replacing("version: 1", with: "version: 2")
            .replacing("{rung: yellow, used: 90 %, or-left: 1 working-day}", with: "{rung: yellow, used: 60 %}")
        let pack = try RulePack(yaml: text, file: "cn-licensing-2.yaml")
        #expect(try pack.version == 2 && pack.digest != ClockRecord.rules.get().digest)
        return pack
    }

    @Test(arguments: [6_266_317_287_301_202_641, UInt64.random(in: .min ... .max)])
    func `a year of events, an amended calendar, another rule pack and a rebuild change no answer of before`(
        seed: UInt64
    )
        async throws
    {
        var generator = SeededGenerator(seed: seed)
        try await ClockRecord.run { record in
            try await LateClocksTests.make(record, &generator, catchingUp: true)
            let before = try await Self.answers(record.log)
            #expect(before.count > 60 && Set(before).count > 30, "seed \(seed)")
            let pack = try Self.nextPack()
            let projection = CaseClockProjection(packs: [pack], portion: 9)
            // Of the next year: old cases go on, new ones come under either pack, and days that lie behind become days off.
            let first = day("2026-04-07").daysSinceEpoch
            for step in 0..<52 {
                let today = try #require(CivilDate(daysSinceEpoch: first + step * 7)).description
                if step == 10 || step == 30 {
                    let changes = [step == 10 ? "2026-03-13" : "2026-02-24", step == 10 ? "2026-07-15" : "2026-12-16"]
                        .map {
                            CalendarHistory.Change.exception(DayException(day($0), .holiday, name: "y"))
                        }
                    try await record.amend(changes, on: today, notice: "later \(step)", entry: 3 + step / 30)
                }
                try await record.receive(
                    "later-\(step)",
                    on: today,
                    promise: Limit(5, .workingDays),
                    rules: step.isMultiple(of: 2) ? pack : nil
                )
                for number in record.states.keys.sorted() where Int.random(in: 0..<8, using: &generator) == 0 {
                    let facts: [Case.ProcedureFact] = [
                        .accepted(isDeemed: false), .decided(isGranted: true, reasons: "", remedy: ""),
                        .suspended(ground: "hearing", told: Limit(3, .workingDays) ?? .none), .resumed,
                        .delivered(by: nil),
                    ]
                    for fact in facts.shuffled(using: &generator) {
                        do {
                            try await record.on(today, number, fact)
                            break
                        } catch is Case.Rejection {}
                    }
                }
                if step.isMultiple(of: 9) { try await ProjectionRunner(projection, on: record.log).catchUp() }
            }
            try await ProjectionRunner(projection, on: record.log).catchUp()
            let rows = try await record.rows().count
            let after = try await Self.answers(record.log)
            #expect(Self.difference(before, after) == nil, "seed \(seed)")
            try await ProjectionRunner(projection, on: record.log).rebuild(batchSize: 17)
            #expect(try await record.rows().count == rows, "seed \(seed)")
            let rebuilt = try await Self.answers(record.log)
            #expect(Self.difference(before, rebuilt) == nil, "seed \(seed)")
            // They were no empty answers, and the tables have gone on.
            let now = try ClockRecord.question("2027-04-01")
            #expect(try await !now.page(record.log, limit: 5).rows.isEmpty)
        }
    }
}
