import CaseFlow
import EventStore
import Foundation
import PostgresClient
import RungOracle
import Support
import Testing
import WorkingTime

/// Random lives of cases, with outages, late entries, pauses, extensions and amended calendars, held against a slow oracle that
/// knows nothing of schedules and tables: it reads each clock anew from the events.
@Suite("Escalation against an oracle")
struct EscalationOracleTests {
    private static let grant = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")

    @Test(arguments: [UInt64(1), 2, 3])
    func `every rung that was reached is raised once, and none early`(seed: UInt64) async throws {
        try await WorkedLog.run("2026-01-05") { town in
            var random = SeededGenerator(seed: seed)
            var numbers: [String] = []
            var amended = 0
            for _ in 0..<90 {
                let hours = Int64(Int.random(in: 1...40, using: &random))
                town.clock.set(town.now.advanced(byMicroseconds: hours * 3_600_000_000))
                switch Int.random(in: 0..<12, using: &random) {
                case 0, 1, 2:
                    let number = "\(numbers.count + 1)"
                    numbers.append(number)
                    try await town.receive(number, promise: Limit(Int.random(in: 1...15, using: &random), .workingDays))
                    if Int.random(in: 0..<5, using: &random) > 0 {
                        try await town.on(.accepted(isDeemed: false), number)
                    }
                case 3 where amended < 3:
                    amended += 1
                    let day = try #require(Moment.day(of: town.now, in: WorkedLog.zone))
                    let ahead = try #require(day.adding(days: Int.random(in: 1...20, using: &random)))
                    try await town.amend([ahead.description], entry: amended)
                case 4, 5, 6:
                    if let number = numbers.randomElement(using: &random) {
                        await Self.happen(to: number, in: town, &random)
                    }
                case 7, 8: try await town.work(page: Int.random(in: 1...5, using: &random))
                default: break
                }
            }
            try await town.work()
            #expect(try await ParkedRung.all(of: town.log).isEmpty, "seed \(seed)")
            var rungs = 0
            let oracle = try RungOracle(
                town.log,
                rules: TownshipCase.rules.get(),
                calendars: await CalendarBook.load(town.log, zone: WorkedLog.zone),
                zone: WorkedLog.zone,
                now: town.now
            )
            for number in numbers {
                let verdict = try await oracle.judge(CaseNumber(trusted: number).stream(in: town.log.id))
                #expect(verdict.faults.isEmpty, "seed \(seed)")
                rungs += verdict.rungs
            }
            #expect(rungs > 40, "seed \(seed): too little happened to judge by")
            // The tables are what the events make of them.
            let tables = ["case_rungs", "case_cards"]
            var before: [[String]] = []
            for table in tables { before.append(try await town.rows(table)) }
            try await ProjectionRunner(CaseClockProjection(), on: town.log).rebuild(batchSize: 7)
            for (table, rows) in zip(tables, before) {
                #expect(try await town.rows(table) == rows, "seed \(seed), \(table)")
            }
        }
    }

    /// Something that may be possible now; entered at once, or a day or two late.
    private static func happen(to number: String, in town: WorkedLog, _ random: inout SeededGenerator) async {
        let facts: [Case.ProcedureFact] = [
            .suspended(ground: "testing", told: Limit(3, .workingDays) ?? .none), .resumed, .resumed, grant, .withdrawn,
            .extended(
                ClockName(rawValue: "decision") ?? .other,
                by: Limit(5, .workingDays) ?? .none,
                authority: "organ-head",
                reason: "x"
            ), .rated(.dissatisfied, followUp: nil), .calledBack, .delivered(by: nil),
        ]
        let fact = facts.randomElement(using: &random) ?? grant
        let late = Int64(Int.random(in: 0...2, using: &random)) * 86_400_000_000
        guard
            let at = ZonedTime(microsecondsSinceEpoch: town.now.microseconds - late, offsetSeconds: 28_800),
            var act = try? town.act()
        else { return }
        act.at = at
        // What the rules refuse does not happen.
        _ = try? await town.desk.record(fact, of: number, act)
    }
}
