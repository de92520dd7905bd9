import ArgumentParser
import CaseFlow
import CaseFlowServer
import EventStore
import Foundation

/// The worker daemon.
struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract:
            "Watch every clock: raise the rungs of the ladders that are due, record lapses, keep the read tables.",
        discussion: """
            Any number of workers may run at once; each rung is raised exactly once, and never before it is due. After an \
            outage what was missed is raised, the rungs of each card in order, with the moment at which they were due. On \
            SIGTERM or SIGINT a worker finishes what it has begun and ends. docs/guides/escalation.md tells what cards are.
            """,
        subcommands: [WorkRunCommand.self, WorkStatusCommand.self],
        defaultSubcommand: WorkRunCommand.self
    )
}

/// Works.
struct WorkRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract:
            "Work until interrupted, or with --once until nothing is due. Exit status 1 if something stands set aside.",
        discussion: "At its start the log adopts what this program ships of calendars."
    )

    @Flag(help: "End when nothing is due.") var once = false

    @Option(help: "In a simulated log: the moment up to which to work; with offset, local, or a date (its end).")
    var at: String?

    @Option(
        help: """
            Whom to tell of each rung that is raised from now on (repeatable): file:/PATH, a line of JSON each; \
            command:/PROGRAM, the same on its standard input; http://HOST:PORT/PATH or https://…, a POST of one \
            CloudEvent, with the token of the file that CASEFLOW_NOTIFY_TOKEN_FILE names. At least once each, by CloudEvents \
            id.
            """
    )
    var notify: [String] = []

    @Option(
        help: """
            Write metrics of the log and of this worker to this file, in the text format of Prometheus, every 15 seconds, or \
            with --once at the end; for node_exporter's textfile collector a file *.prom in its folder.
            """,
        transform: Self.file
    )
    var metrics: MetricsFile?

    @Option(help: "Write them so often, in seconds.") var metricsEvery: Int?

    @OptionGroup var log: LogOptions

    /// Read here and not by the parser of the arguments, which would repeat an address with a password in its message.
    private func sinks() throws -> [NotificationSink] {
        try notify.map { text in
            do { return try NotificationSink(parsing: text) } catch { throw ValidationError("--notify: \(error)") }
        }
    }

    private static func file(_ path: String) throws -> MetricsFile {
        do { return try MetricsFile(path) } catch { throw ValidationError("--metrics: \(error)") }
    }

    private var measuring: MetricsSettings? {
        metrics.map { MetricsSettings($0, every: .seconds(metricsEvery ?? 15)) }
    }

    func validate() throws {
        if let metricsEvery {
            if metrics == nil { throw ValidationError("--metrics-every goes with --metrics") }
            if once { throw ValidationError("--metrics-every: with --once the file is written when all is done") }
            if !(1...3600).contains(metricsEvery) {
                throw ValidationError("--metrics-every: give a number of seconds from 1 to 3600")
            }
        }
        let receivers = Set(
            try sinks().compactMap { sink in
                if case .http(let receiver) = sink { receiver.origin } else { nil }
            }
        )
        let token = ProcessInfo.processInfo.environment[HTTPReceiver.tokenVariable] ?? ""
        if receivers.count > 1, !token.isEmpty {
            let why = "one token is for one receiver, and --notify names \(receivers.count): run a worker for each"
            throw ValidationError("\(HTTPReceiver.tokenVariable): \(why)")
        }
        if let at {
            if !once { throw ValidationError("--at goes with --once: a simulated log's time stands still") }
            do { _ = try Moment.parse(at, in: .gmt) } catch { throw ValidationError("--at: \(error)") }
        }
    }

    func run() async throws {
        let quiet = log.database.quiet
        let tell: @Sendable (String) -> Void = { Terminal.note("caseflowd: \($0)") }
        if let at { return try await simulated(until: at, tell) }
        try await log.withLog(toWrite: true) { eventLog in
            if try await LogInformation.of(eventLog).isSimulation {
                throw WrongCall(
                    description: "log \(eventLog.id) is a simulation: give --once and --at, the moment it stands at"
                )
            }
            if once {
                let tally = try await LogWorker.once(eventLog, notifying: sinks(), metrics: measuring, tell: tell)
                return try answer(tally)
            }
            if !quiet { Terminal.note("caseflowd: working on log \(eventLog.id); SIGTERM or SIGINT ends it") }
            try await LogWorker.run(eventLog, notifying: sinks(), metrics: measuring, tell: tell)
        }
    }

    private func simulated(until text: String, _ tell: @escaping @Sendable (String) -> Void) async throws {
        let installation = try log.database.installation()
        let zone = try await log.withLog { try await LogInformation.zone(of: $0) }
        let eventLog: EventLog
        do {
            eventLog = try await installation.simulatedLog(log.log, at: Moment.parse(text, in: zone))
        } catch let wrong as Installation.WrongMoment {
            throw WrongCall(description: "--at: \(wrong)")
        }
        let tally: EscalationWorker.Tally
        do {
            tally = try await LogWorker.once(eventLog, notifying: sinks(), metrics: measuring, tell: tell)
            await eventLog.close()
        } catch {
            await eventLog.close()
            throw error
        }
        try answer(tally)
    }

    private func answer(_ tally: EscalationWorker.Tally) throws {
        if log.database.json {
            try Terminal.json(tally)
        } else {
            print("\(tally.raised) rungs raised, \(tally.lapsed) lapses recorded, \(tally.standingAside) set aside")
        }
        // Also what another run has set aside, and nobody could raise since.
        if tally.standingAside > 0 { throw ExitCode(1) }
    }
}

/// How the work stands.
struct WorkStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "What the workers do, how far behind they are, what is due next, what is set aside.",
        discussion: "Exit status 1 if something is set aside, or if what is due waits for longer than a minute."
    )

    @OptionGroup var log: LogOptions

    func run() async throws {
        let status = try await log.withLog { try await WorkStatus.of($0) }
        if log.database.json {
            try Terminal.json(status)
        } else {
            print("read tables: \(status.lagEvents) events, \(Self.seconds(status.lagSeconds)) behind")
            let due = status.due == status.dueLimit ? "\(status.due) or more" : "\(status.due)"
            print(
                "due now, not set aside: \(due)\(status.due > 0 ? ", the first since \(Self.seconds(status.behindSeconds))" : "")"
            )
            print("next due: \(status.nextDue ?? "nothing runs")")
            let cards = status.openCards.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
            print("open cards: \(cards.isEmpty ? "none" : cards.joined(separator: ", "))")
            if status.workers.isEmpty { print("no worker is known") }
            for worker in status.workers {
                let life = worker.isAlive ? worker.doing : "not seen since \(worker.seenAt)"
                print("worker \(worker.worker.prefix(8)): \(life); \(worker.raised) raised, \(worker.lapsed) lapses")
            }
            if status.parkedCount > 0 { print("set aside: \(status.parkedCount)") }
            for rung in status.parked {
                let what = rung.rung.isEmpty ? "lapse" : rung.rung
                print(
                    "  \(rung.stream) \(rung.clock) \(what): \(rung.reason) (tried \(rung.tries), again \(rung.nextTry))"
                )
            }
        }
        if status.isAmiss { throw ExitCode(1) }
    }

    private static func seconds(_ seconds: Double) -> String { "\((seconds * 1000).rounded() / 1000) s" }
}
