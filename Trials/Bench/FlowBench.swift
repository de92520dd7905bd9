import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The bars of the centre at work: commands through load, decide and append; queues.
struct FlowBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "flow",
        abstract:
            "Commands of 64 officers over 10,000 running cases, and the first page of a queue. About three minutes."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Option(help: "Rounds of each comparison; the median counts.")
    var rounds = 3

    @Option(help: "Seconds of each measurement.")
    var seconds = 5

    @Option(help: "Running cases that the commands go to.")
    var cases = 10_000

    @Option(help: "Running cases of the small and of the large county whose queues are read.")
    var queueCases = 200_000

    private struct Answer: Encodable {
        let measurements: [Measurement]
    }

    func run() async throws {
        let server = try await BenchServer.start()
        do {
            let measurements = try await measure(server)
            try await server.remove()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(Answer(measurements: measurements)), as: UTF8.self))
            }
        } catch {
            try? await server.remove()
            throw error
        }
    }

    private func measure(_ server: BenchServer) async throws -> [Measurement] {
        var measurements: [Measurement] = []
        func report(_ measurement: Measurement) {
            measurements.append(measurement)
            if !json { FileHandle.standardOutput.write(Data((measurement.line + "\n").utf8)) }
        }
        if !json { FileHandle.standardOutput.write(Data((Measurement.header + "\n").utf8)) }
        try await server.database("flow")
        let bare = try await server.log("bare", in: "flow")
        let officers = try await BusyOfficers(server.log("centre", in: "flow"), cases: cases)
        let writers = Writers(log: bare)
        _ = try await writers.run(64, seconds: 1)
        _ = try await officers.run(seconds: 1)
        var (commands, appends): ([Double], [Double]) = ([], [])
        for _ in 0..<rounds {
            commands.append(try await officers.run(seconds: Double(seconds)))
            appends.append(try await writers.run(64, seconds: Double(seconds)).rate)
        }
        report(
            .init(
                "4 commands, 64 officers",
                ours: commands,
                peer: appends,
                unit: "commands/s",
                wanted: 0.5,
                note: "peer: bare appends of 64 writers, this run; \(cases) running cases"
            )
        )
        await bare.close()
        await officers.log.close()

        let queues = try await QueueRows(server, database: "queues")
        let small = try await queues.fill("small", cases: max(queueCases / 100, 1))
        let large = try await queues.fill("large", cases: queueCases)
        var (few, many): ([Double], [Double]) = ([], [])
        for _ in 0..<max(rounds, 3) * 10 {
            few.append(try await queues.firstPage(small))
            many.append(try await queues.firstPage(large))
        }
        report(
            .init(
                "5 first page of a queue",
                ours: [many.median],
                peer: [few.median],
                unit: "ms",
                wanted: 2,
                atLeast: false,
                note: "\(queueCases) running cases against \(max(queueCases / 100, 1))"
            )
        )
        await small.close()
        await large.close()
        return measurements
    }
}

/// A centre with 64 window officers, reviewers, approvers and seal keepers, each at work on a share of the cases.
private struct BusyOfficers {
    static let count = 64
    private static let (hall, office) = (UnitCode(trusted: "hall"), UnitCode(trusted: "office"))
    private static let code = ItemCode(trusted: "bench-item")

    let log: EventLog
    private let desk: CaseDesk
    private let shares: Shares

    /// Where each officer's cases stand: the next step of each.
    private actor Shares {
        var cases: [[(stream: StreamName, step: Int)]]
        init(_ cases: [[(stream: StreamName, step: Int)]]) { self.cases = cases }
        func take(_ officer: Int) -> [(stream: StreamName, step: Int)] { cases[officer] }
        func put(_ officer: Int, _ share: [(stream: StreamName, step: Int)]) { cases[officer] = share }
    }

    init(_ log: EventLog, cases: Int) async throws {
        self.log = log
        let zone = TimeZone(identifier: "Asia/Shanghai") ?? .gmt
        let actor = Actor(trusted: "officer/bench")
        let now = RecordingClock.system.now()
        guard let today = Moment.day(of: now, in: zone), let start = today.adding(days: -30) else {
            preconditionFailure("the clock of a benchmark is in range")
        }
        func post(_ name: String, _ role: OfficerRole) -> [UnitEntry.Post] {
            (0..<Self.count).map { index in
                UnitEntry.Post(
                    ShortName(trusted: "\(name)-\(index)"),
                    role: role,
                    a: .init(OfficerID(trusted: "\(name)-\(index)")),
                    b: nil
                )
            }
        }
        func unit(_ code: UnitCode, _ kind: UnitKind, in parent: UnitCode?, _ posts: [UnitEntry.Post]) -> UnitEntry {
            UnitEntry(
                UnitProfile(
                    code,
                    name: LocalizedText(code.rawValue, code.rawValue),
                    kind: kind,
                    parent: parent,
                    seal: nil
                ),
                from: start,
                posts: posts
            )
        }
        let county = UnitCode(trusted: "county")
        let units = [
            unit(county, .county, in: nil, []),
            unit(Self.hall, .centre, in: county, post("window", .window) + post("keeper", .sealKeeper)),
            unit(Self.office, .department, in: Self.hall, post("reviewer", .reviewer) + post("approver", .approver)),
        ]
        let officers = ["window", "keeper", "reviewer", "approver"].flatMap { name in
            (0..<Self.count).map { OfficerEntry(OfficerID(trusted: "\(name)-\($0)"), from: start) }
        }
        _ = try await NetworkDesk(log).enter(officers: officers, units: units, on: start, at: now, actor: actor)
        var item = ServiceItem(
            code: Self.code,
            name: LocalizedText("an item", "事项"),
            category: .directService,
            kind: .promised
        )
        item.promise = Limit(10, .workingDays)
        item.seal = ShortName(trusted: "approval")
        let review = ShortName(trusted: "review")
        item.stages = [
            .init(review, .review, at: .unit(Self.office), by: .reviewer, limit: Limit(3, .workingDays)),
            .init(ShortName(trusted: "decision"), .decision, at: .unit(Self.office), by: .approver, after: [review]),
        ]
        _ = try await CatalogueDesk(log).enter([item], at: now, actor: actor)
        desk = CaseDesk(
            log,
            zone: zone,
            calendars: try await CalendarBook.load(log, zone: zone),
            catalogue: try await CatalogueBook.load(log),
            network: try await NetworkBook.load(log)
        )
        shares = Shares(Array(repeating: [], count: Self.count))
        let (desk, shares) = (desk, shares)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for officer in 0..<Self.count {
                group.addTask {
                    var share: [(stream: StreamName, step: Int)] = []
                    for index in stride(from: officer, to: cases, by: Self.count) {
                        let number = CaseNumber(trusted: "flow-\(index)")
                        _ = try await Self.receive(number, by: officer, desk)
                        share.append((number.stream(in: desk.log.id), 0))
                    }
                    await shares.put(officer, share)
                }
            }
            try await group.waitForAll()
        }
    }

    private static func act(_ name: String, _ officer: Int) -> CaseDesk.Act {
        let now = RecordingClock.system.now()
        guard let at = ZonedTime(microsecondsSinceEpoch: now.microseconds, offsetSeconds: 28_800) else {
            preconditionFailure("the clock of a benchmark is in range")
        }
        return CaseDesk.Act(
            at: at,
            now: now,
            actor: Actor(trusted: "officer/\(name)-\(officer)"),
            request: UUID(timeOrderedAt: now)
        )
    }

    private static func receive(_ number: CaseNumber, by officer: Int, _ desk: CaseDesk) async throws
        -> CaseDesk.Outcome
    {
        try await desk.receive(
            number,
            of: code,
            Case.Intake(channel: .window, place: hall),
            act("window", officer)
        )
    }

    /// The steps of a life behind the receipt, by whom they are taken; a case that has come to its end makes room for a
    /// new one.
    private static func life(of officer: Int) -> [(by: String, fact: Case.ProcedureFact)] {
        [
            ("window", .accepted(isDeemed: false)),
            ("reviewer", .assigned(stage: "review", to: OfficerID(trusted: "reviewer-\(officer)"))),
            ("reviewer", .stageSigned(stage: "review", .agreement, remark: "")),
            ("approver", .decided(isGranted: true, reasons: "", remedy: "")),
            (
                "keeper",
                .sealed(
                    Case.SealUse(
                        matter: ShortName(trusted: "approval"),
                        document: String(repeating: "A", count: 43) + "=",
                        keeper: OfficerID(trusted: "keeper-\(officer)")
                    )
                )
            ),
            ("window", .issued(Case.Issue(result: "a notice"))),
            ("window", .delivered(by: .window)),
            ("window", .rated(.satisfied, followUp: nil)),
        ]
    }

    /// All officers at work for some seconds; commands a second.
    func run(seconds: Double) async throws -> Double {
        let started = ContinuousClock.now
        let end = started + .seconds(seconds)
        let (desk, shares) = (desk, shares)
        let done = try await withThrowingTaskGroup(of: Int.self) { group in
            for officer in 0..<Self.count {
                group.addTask {
                    var share = await shares.take(officer)
                    let life = Self.life(of: officer)
                    var (index, done) = (0, 0)
                    while ContinuousClock.now < end {
                        let (stream, step) = share[index]
                        if step < life.count {
                            let act = Self.act(life[step].by, officer)
                            _ = try await desk.record(life[step].fact, on: stream, act)
                            share[index].step += 1
                        } else {
                            let number = CaseNumber(trusted: "flow-\(officer)-\(UUID())")
                            _ = try await Self.receive(number, by: officer, desk)
                            share[index] = (number.stream(in: desk.log.id), 0)
                        }
                        done += 1
                        index = (index + 1) % share.count
                    }
                    await shares.put(officer, share)
                    return done
                }
            }
            var all = 0
            for try await part in group { all += part }
            return all
        }
        return Double(done) / ((ContinuousClock.now - started) / .seconds(1))
    }
}

/// Rows of `case_tasks` for measuring, made by SQL: a county of 20 townships with 11 departments and 500 officers.
private struct QueueRows {
    let server: BenchServer
    let database: String

    init(_ server: BenchServer, database: String) async throws {
        (self.server, self.database) = (server, database)
        try await server.database(database)
    }

    /// A log with so many running cases, a third of them assigned.
    func fill(_ name: String, cases: Int) async throws -> EventLog {
        let log = try await server.log(name, in: database)
        let admin = try await PostgresConnection.connect(server.configuration(database))
        try await admin.script(
            """
            INSERT INTO caseflow.projections (log_id, name, code_version, state, updated_at)
            VALUES ('\(name)', 'case-clocks', 1, 'live', now());
            INSERT INTO caseflow.case_tasks (log_id, generation, stream, task, assignee, case_number, item, act, unit, role,
                   since, watched, clock, due_on, due_at, is_waiting)
            SELECT '\(name)', p.generation, 'case/' || md5('\(name)' || i), 'review',
                   CASE WHEN i % 3 = 0 THEN 'officer-' || abs(hashint4(i)) % 500 ELSE '' END,
                   'N-' || lpad(i::text, 9, '0'), 'item-' || i % 200, 'sign',
                   'unit-' || abs(hashint4(i + 1000003)) % 20 || '-' || abs(hashint4(i + 2000003)) % 11,
                   CASE WHEN i % 5 = 0 THEN 'approver' ELSE 'reviewer' END, now() - i % 40 * interval '1 day', 'review',
                   'stage', current_date + abs(hashint4(i + 3000017)) % 60 - 20, 'infinity', i % 17 = 0
              FROM generate_series(1, \(cases)) i, caseflow.projections p
             WHERE p.log_id = '\(name)' AND p.name = 'case-clocks';
            ANALYZE caseflow.case_tasks
            """
        )
        await admin.close()
        return log
    }

    /// The first page of an officer's queue, who has two posts and deputises in a third; milliseconds.
    func firstPage(_ log: EventLog) async throws -> Double {
        let officer = Int.random(in: 0..<500)
        let queue = CaseQueue(
            seats: [
                .init(unit: UnitCode(trusted: "unit-\(officer % 20)-\(officer % 11)"), role: .reviewer),
                .init(unit: UnitCode(trusted: "unit-\(officer % 20)-\(officer % 11)"), role: .approver),
                .init(unit: UnitCode(trusted: "unit-\(officer % 20)-\((officer + 1) % 11)"), role: .reviewer),
            ],
            officers: [OfficerID(trusted: "officer-\(officer)"), OfficerID(trusted: "officer-\((officer + 1) % 500)")]
        )
        let today = try CivilDate("2026-11-22")
        let before = ContinuousClock.now
        let page = try await queue.page(log, today: today, limit: 20)
        let elapsed = (ContinuousClock.now - before) / .milliseconds(1)
        if page.rows.isEmpty { throw BenchFailure("the queue of \(officer) is empty: measure with more --queue-cases") }
        return elapsed
    }
}
