import Foundation
import Logging
import PostgresClient

/// One log: append, read, subscribe, project.
///
///     let log = EventLog("guangan", work: configuration)
///     let result = try await log.append(AppendRequest(id: UUID(), writes: [
///         StreamWrite(stream, expected: .noStream, events: [event])
///     ]))
///
/// Safe to use from any number of tasks, and by several processes on the same database at once.
public final class EventLog: Sendable {
    /// How a log is used.
    public struct Settings: Sendable {
        /// Sessions for reading and projecting.
        public var sessions = 6
        /// How long an append waits for a database that is away before it gives up.
        public var patience: Duration = .seconds(30)
        /// How often a subscription looks for what other processes have appended.
        public var polling: Duration = .milliseconds(30)
        /// A projection's session that holds its checkpoint and says nothing for so long is ended by the server: its process
        /// is stopped (SIGSTOP, a suspended machine) and must not hold up others. Far longer than any batch takes.
        public var idleLimit: Duration = .seconds(30)
        /// Where the time of recording comes from.
        public var clock: RecordingClock = .system
        /// How many streams' heads are kept in memory.
        public var cachedHeads = 200_000

        /// The defaults.
        public init() {}
    }

    /// The log's name.
    public let id: LogID
    /// Sessions for reading and for projections.
    public let pool: PostgresPool
    let settings: Settings
    let logger: Logger
    let signal: PositionSignal
    private let live: Appender
    private let imports: Appender

    /// Whose time its events bear: the machine's, or that of a simulation. Who waits for a moment of the log asks it.
    public var clock: RecordingClock { settings.clock }

    /// A log on a database whose schema is up to date. Nothing is connected yet.
    ///
    /// - Parameters:
    ///   - work: connects as a member of the role `caseflow_app`.
    ///   - importing: connects as a member of `caseflow_import`; used only by `appendImported`.
    public init(
        _ id: LogID,
        work: PostgresConfiguration,
        importing: PostgresConfiguration? = nil,
        settings: Settings = Settings(),
        logger: Logger = Logger(label: "caseflow.log")
    ) {
        self.id = id
        self.settings = settings
        self.logger = logger
        let signal = PositionSignal()
        self.signal = signal
        pool = PostgresPool(work, maximum: settings.sessions, acquireTimeout: settings.patience)
        func appender(_ configuration: PostgresConfiguration) -> Appender {
            Appender(
                log: id,
                configuration: configuration,
                clock: settings.clock,
                patience: settings.patience,
                limits: AppendQueue.Limits(),
                cachedHeads: settings.cachedHeads,
                logger: logger,
                onCommit: { signal.reached($0) }
            )
        }
        let clock = RecordingClock.setting
        live = appender(settings.clock.isSimulated ? work.setting(clock, RecordingClock.simulated) : work)
        imports = appender(importing ?? work)
    }

    /// Creates the log if there is none of its name. `origin` names it in signed checkpoints; `timeZone` is the IANA
    /// name of the zone whose calendar days count. With a clock of a simulation the log is a simulation, for good.
    public func create(origin: String? = nil, timeZone: String = "Asia/Shanghai") async throws {
        try await pool.query(
            "SELECT caseflow.create_log($1, $2, $3, $4)",
            [
                id.rawValue, origin ?? "caseflow/\(id)", timeZone,
                settings.clock.isSimulated ? RecordingClock.simulated : RecordingClock.real,
            ]
        )
    }

    /// Stores a request: all of its events or none. Errors: ``AppendError``.
    ///
    /// Returns once the events are on disk. May be called again with the same request id at any time, also after an
    /// error or a crash: the first result is returned.
    public func append(_ request: AppendRequest) async throws -> AppendResult {
        try await live.append(request, .live)
    }

    /// Stores records of another system. Every actor begins with `import:`, which marks the events for good.
    public func appendImported(_ request: AppendRequest) async throws -> AppendResult {
        try await imports.append(request, .imported)
    }

    /// Waits for what is on its way and ends all sessions.
    public func close() async {
        await live.close()
        await imports.close()
        await pool.close()
    }
}
