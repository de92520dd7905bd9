import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The bars of the compliance projection: pages of late clocks on a large table against a small one, and what an
/// amended calendar costs.
struct ComplianceBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compliance",
        abstract: "Late clocks: pages of ten million rows, and an amended calendar over a million open clocks."
    )

    @Flag(help: "Answer in JSON.")
    var json = false

    @Flag(help: "Print the plan of every query.")
    var plans = false

    @Option(help: "Rows of the large table; a tenth of them run.")
    var rows = 10_000_000

    @Option(help: "Rows of the small table.")
    var smallRows = 100_000

    @Option(help: "Open clocks that an amendment finds.")
    var open = 1_000_000

    @Option(help: "Times that each query is asked, of both in turn; the median counts.")
    var times = 41

    @Option(help: "Measure one part only: amendment or pages.")
    var only: Part?

    enum Part: String, ExpressibleByArgument { case amendment, pages }

    func run() async throws {
        // As an operator sets up a county: memory for the rows that are in use.
        let server = try await BenchServer.start(["shared_buffers": "3GB", "max_wal_size": "8GB"])
        do {
            var measurements: [Measurement] = []
            if only != .pages { measurements += try await amendment(server) }
            if only != .amendment { measurements += try await pages(server) }
            try await server.remove()
            if json {
                let encoder = JSONEncoder()
                encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
                print(String(decoding: try encoder.encode(measurements), as: UTF8.self))
            }
        } catch {
            try? await server.remove()
            throw error
        }
    }

    private func say(_ line: String) {
        if !json { FileHandle.standardOutput.write(Data((line + "\n").utf8)) }
    }

    // MARK: Pages

    private func questions() throws -> [(String, LateClocks)] {
        let now = RecordingClock.system.now()
        guard let today = Moment.day(of: now, in: .gmt), let past = today.adding(days: -30) else {
            throw BenchFailure("the clock is out of range")
        }
        let plain = LateClocks(asOf: today, knownAt: now, isNow: true)
        var questions = [("no filter", plain)]
        func add(_ name: String, _ change: (inout LateClocks) -> Void) {
            var question = plain
            change(&question)
            questions.append((name, question))
        }
        add("unit") { $0.filters.unit = "town-7" }
        add("department") { $0.filters.department = "department-3" }
        add("officer") { $0.filters.officer = "officer/77" }
        add("item") { $0.filters.item = "item-42" }
        add("channel") { $0.filters.channel = "channel-2" }
        add("clock") { $0.filters.clock = "decision" }
        add("state open") { $0.state = .open }
        add("state closed") { $0.state = .closed }
        add("light yellow") { $0.light = .yellow }
        add("light green") { $0.light = .green }
        add("at least 3") { $0.atLeast = 3 }
        add("sort due") { $0.sort = .due }
        add("sort case") { $0.sort = .case }
        add("sort officer") { $0.sort = .officer }
        let moment = now.advanced(byMicroseconds: -30 * 86_400_000_000)
        let known = questions.prefix(7).map { name, question in
            var question = question
            (question.asOf, question.knownAt, question.isNow) = (past, moment, false)
            return ("known a month ago, \(name)", question)
        }
        return questions + known
    }

    private func pages(_ server: BenchServer) async throws -> [Measurement] {
        say("filling \(smallRows) and \(rows) rows")
        let small = try await ClockRows(server, database: "small")
        try await small.fill(smallRows)
        let large = try await ClockRows(server, database: "large")
        try await large.fill(rows)
        say(Measurement.header)
        var measurements: [Measurement] = []
        for (name, question) in try questions() {
            var (ours, peer): ([Double], [Double]) = ([], [])
            var shown = 0
            for round in -3..<times {
                let (few, many) = (
                    try await ask(question, small.log), try await ask(question, large.log)
                )
                shown = many.rows
                if round < 0 { continue }
                peer.append(few.milliseconds)
                ours.append(many.milliseconds)
            }
            let isPast = !question.isNow
            let measurement = Measurement(
                "5 \(name)",
                ours: [ours.median],
                peer: [peer.median],
                unit: "ms median",
                wanted: isPast ? 5 : 2,
                atLeast: false,
                note: "peer: \(smallRows) rows; first page, \(shown) rows shown"
            )
            measurements.append(measurement)
            say(measurement.line)
            if plans { for line in try await question.plan(large.log, limit: 20) { say("    " + line) } }
        }
        await small.log.close()
        await large.log.close()
        return measurements
    }

    private func ask(_ question: LateClocks, _ log: EventLog) async throws -> (milliseconds: Double, rows: Int) {
        let started = ContinuousClock.now
        let page = try await question.page(log, limit: 20)
        return ((ContinuousClock.now - started) / .milliseconds(1), page.rows.count)
    }

    // MARK: An amended calendar

    private func amendment(_ server: BenchServer) async throws -> [Measurement] {
        say("filling \(open) open clocks")
        let rows = try await ClockRows(server, database: "amended")
        let day = try await rows.fillOpen(open)
        let log = rows.log
        try await Self.amend(day, log)
        let watching = Task { try await watch(log) }
        let started = ContinuousClock.now
        try await ProjectionRunner(CaseClockProjection(), on: log).catchUp()
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        watching.cancel()
        let seen = try await watching.value
        let moved = try await log.pool.query(
            """
            SELECT count(*), count(*) FILTER (WHERE due_on = $2) FROM caseflow.case_clocks
             WHERE log_id = $1 AND reason LIKE 'calendar amended%'
            """,
            [log.id.rawValue, PostgresDate(daysSinceUnixEpoch: day.daysSinceEpoch)]
        )
        let touched = try moved[0].decode(0, as: Int.self)
        await log.close()
        let note =
            "\(touched) moved (\(Int(Double(touched) / seconds))/s) in \(String(format: "%.1f", seconds)) s; meanwhile "
            + "\(seen.looks) queries, \(String(format: "%.1f", seen.median)) ms median, \(seen.mixed) cases mixed"
        let measurement = Measurement(
            "4 amended calendar, open clocks",
            ours: [Double(open) / seconds],
            peer: [50_000],
            unit: "clocks/s",
            wanted: 1,
            note: note
        )
        say(Measurement.header)
        say(measurement.line)
        if seen.mixed > 0 { throw BenchFailure("\(seen.mixed) cases were seen half moved") }
        return [measurement]
    }

    /// A working day becomes a day off: entered by one officer, confirmed by another.
    private static func amend(_ day: CivilDate, _ log: EventLog) async throws {
        let shipped = try CalendarHistory.shipped("cn")
        let change = CalendarHistory.Change.exception(DayException(day, .holiday, name: "bench"))
        var state = LegalCalendar.initial
        var stored: [NewEvent] = []
        let at = RecordingClock.system.now()
        let first = Actor(trusted: "officer/1")
        let draft = LegalCalendar.Draft(changes: [change], notice: "bench", knownSince: day)
        let commands: [LegalCalendar.Command] = [
            .enter([draft], by: first, at: at, shipped: shipped),
            .confirm(entry: 1, by: Actor(trusted: "officer/2"), at: at, shipped: shipped),
        ]
        for command in commands {
            for event in try LegalCalendar.decide(command, state) {
                LegalCalendar.evolve(&state, event)
                stored.append(CalendarEventCoding.encode(event, actor: event.actor))
            }
        }
        // Something stood in the log before: an amendment as the first event would have nothing to move.
        let before = CalendarEvent(effectiveAt: at, actor: first, fact: .serviceHoursSet(.init(weekly: [:])))
        let hall = StreamWrite(
            try CalendarStream.of("hall"),
            expected: .noStream,
            events: [CalendarEventCoding.encode(before, actor: first)]
        )
        _ = try await log.append(AppendRequest(id: UUID(), writes: [hall]))
        let stream = try CalendarStream.of("cn")
        _ = try await log.append(
            AppendRequest(id: UUID(), writes: [StreamWrite(stream, expected: .noStream, events: stored)])
        )
    }

    private struct Seen {
        var looks = 0
        var mixed = 0
        var median = 0.0
    }

    /// Asks for pages, and looks at cases whose two clocks have the same dates, until it is told to stop.
    private func watch(_ log: EventLog) async throws -> Seen {
        var seen = Seen()
        var times: [Double] = []
        let day = try CivilDate("2026-05-20")
        do {
            while !Task.isCancelled {
                let question = LateClocks(asOf: day, knownAt: RecordingClock.system.now(), isNow: true)
                let started = ContinuousClock.now
                _ = try await question.page(log, limit: 20)
                times.append((ContinuousClock.now - started) / .milliseconds(1))
                seen.mixed += try await mixed(log)
                seen.looks += 2
                // As many as a hall full of people asks.
                try await Task.sleep(for: .milliseconds(20))
            }
        } catch is CancellationError {
            // Told to stop in the middle of a look.
        }
        seen.median = times.median
        return seen
    }

    /// Of a hundred cases from anywhere: those of which one clock has moved and the other has not.
    private func mixed(_ log: EventLog) async throws -> Int {
        let rows = try await log.pool.query(
            """
            SELECT count(*), count(*) FILTER (WHERE clocks = 2 AND dates > 1) FROM (
                SELECT stream, count(*) AS clocks, count(DISTINCT due_on) AS dates FROM (
                    SELECT stream, due_on FROM caseflow.case_clocks
                     WHERE generation = 1 AND known_period = 2147483647 AND stopped_on IS NULL AND case_number >= $1
                     ORDER BY generation, case_number LIMIT 200) AS part
                 GROUP BY stream) AS cases
            """,
            ["N-" + String(format: "%09d", Int.random(in: 1...open / 2))]
        )
        guard let row = rows.first, try row.decode(0, as: Int.self) > 0 else {
            throw BenchFailure("no case was there to look at")
        }
        return try row.decode(1)
    }
}
