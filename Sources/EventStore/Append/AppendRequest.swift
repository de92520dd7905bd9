import Foundation
import TransparencyLog

/// At what version a stream must stand for an append to be taken.
public enum ExpectedVersion: Sendable, Hashable, CustomStringConvertible {
    /// At any.
    case any
    /// It must not exist yet.
    case noStream
    /// It must exist.
    case exists
    /// It must stand at exactly this version, from 1.
    case exact(Int64)

    /// In words.
    public var description: String {
        switch self {
        case .any: "any version"
        case .noStream: "no stream"
        case .exists: "an existing stream"
        case .exact(let version): "version \(version)"
        }
    }

    func isMet(by version: Int64) -> Bool {
        switch self {
        case .any: true
        case .noStream: version == 0
        case .exists: version > 0
        case .exact(let wanted): version == wanted
        }
    }
}

/// Events for one stream.
public struct StreamWrite: Sendable {
    /// The stream.
    public var stream: StreamName
    /// Where it must stand.
    public var expected: ExpectedVersion
    /// The events, in order; at least one.
    public var events: [NewEvent]
    /// Where the caller saw the stream, if it has just read it: saves a look-up.
    public var knownHead: StreamHead?

    /// A write.
    public init(
        _ stream: StreamName,
        expected: ExpectedVersion,
        events: [NewEvent],
        knownHead: StreamHead? = nil
    ) {
        self.stream = stream
        self.expected = expected
        self.events = events
        self.knownHead = knownHead
    }
}

/// By which door events come in.
public enum Entrance: Sendable, Hashable {
    /// The daily work.
    case live
    /// Records of another system. Needs the role `caseflow_import`; every actor begins with `import:`.
    case imported
}

/// What is stored together: all of it or nothing.
public struct AppendRequest: Sendable {
    /// The id that makes the request safe to repeat: the same id again returns the first result.
    public var id: UUID
    /// One write for each stream, no stream twice. The events get positions in this order.
    public var writes: [StreamWrite]

    /// A request.
    public init(id: UUID, writes: [StreamWrite]) {
        self.id = id
        self.writes = writes
    }

    /// The most events of one request.
    public static let maximumEvents = 1000
    /// The most bytes of data and metadata of one request.
    public static let maximumBytes = 8 << 20
}

/// What became of a request.
public struct AppendResult: Sendable, Hashable {
    /// Position of the first event.
    public var firstPosition: Int64
    /// Position of the last event.
    public var lastPosition: Int64
    /// Where each stream stands after it, in the order of the writes.
    public var heads: [StreamHead]
    /// Whether the request had been stored before, and this is its first result.
    public var isDuplicate: Bool
}

/// Why nothing of a request was stored.
public enum AppendError: Error, Sendable, CustomStringConvertible {
    /// A stream does not stand where it was expected.
    case conflict(stream: StreamName, expected: ExpectedVersion, actual: Int64)
    /// The id was used before for other content; the events that it stored begin at this position.
    case requestReused(UUID, position: Int64)
    /// The request breaks a rule that needs no database to know.
    case invalid(String)
    /// The clock of this machine and the database's differ by more than five seconds.
    case clockRefused(String)
    /// There is no such log.
    case noSuchLog(LogID)
    /// The log is a simulation, and the writer is none.
    case isSimulation(LogID)
    /// Other writers were faster every time, so many times that giving up is better.
    case contention(StreamName, tries: Int)
    /// The database was away for too long. `sent`: the request may have been stored; ask again with the same id.
    case unavailable(sent: Bool, reason: String)
    /// The database refused; nothing was stored.
    case refused(String)

    /// What was wrong and what to do.
    public var description: String {
        switch self {
        case .conflict(let stream, let expected, let actual):
            "\(stream) stands at version \(actual), not at \(expected): read it again and decide anew"
        case .requestReused(let id, let position):
            "request \(id) was used before for other events (from position \(position)): use a new id for new content"
        case .invalid(let why): "the request is refused: \(why)"
        case .clockRefused(let why): "nothing was stored: \(why)"
        case .noSuchLog(let log): "there is no log \(log): create it with `caseflowd log create \(log)`"
        case .isSimulation(let log):
            "log \(log) is a simulation, in which nothing real is recorded: name another log with --log"
        case .contention(let stream, let tries):
            "\(stream) was changed by others each of \(tries) times: try again later"
        case .unavailable(let sent, let reason):
            sent
                ? "the database went away while the request was on its way (\(reason)): ask again with the same request id"
                : "the database cannot be reached (\(reason)); nothing was stored"
        case .refused(let why): "the database refused the request, nothing was stored: \(why)"
        }
    }
}
