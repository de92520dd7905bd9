import EventStore
import Foundation
import PostgresClient
import Support
import Synchronization
import Testing

/// An event with a number in its data.
func event(
    _ number: Int = 0,
    type: EventType = "case.noted/1",
    actor: String = "officer/1",
    effectiveAt: Timestamp = Timestamp(microseconds: 1_770_685_500_000_000)
) -> NewEvent {
    event(json: "{\"n\":\(number)}", type: type, actor: actor, effectiveAt: effectiveAt)
}

/// An event with any text as its data.
func event(
    json: String,
    type: EventType = "case.noted/1",
    actor: String = "officer/1",
    effectiveAt: Timestamp = Timestamp(microseconds: 1_770_685_500_000_000)
) -> NewEvent {
    NewEvent(type: type, effectiveAt: effectiveAt, actor: Actor(trusted: actor), data: Array(json.utf8))
}

/// A stream of the category `case`.
func stream(_ name: String) -> StreamName { StreamName(trusted: "case/\(name)") }

extension EventLog {
    /// One write in a request of its own.
    @discardableResult
    func append(
        _ stream: StreamName,
        _ expected: ExpectedVersion = .any,
        _ events: [NewEvent] = [event()],
        id: UUID = UUID()
    ) async throws -> AppendResult {
        try await append(AppendRequest(id: id, writes: [StreamWrite(stream, expected: expected, events: events)]))
    }

    /// The streams in the order of the log, as `name@version`.
    func outline() async throws -> [String] {
        try await read().collect().map { "\($0.stream)@\($0.version)" }
    }
}

extension AsyncSequence {
    /// All elements.
    func collect() async throws -> [Element] {
        var all: [Element] = []
        for try await element in self { all.append(element) }
        return all
    }
}

extension AppendError {
    /// The kind of error, with its numbers, for comparison.
    var brief: String {
        switch self {
        case .conflict(let stream, let expected, let actual): "conflict \(stream) \(expected) \(actual)"
        case .requestReused(_, let position): "reused \(position)"
        case .invalid: "invalid"
        case .clockRefused: "clock"
        case .noSuchLog(let log): "no log \(log)"
        case .isSimulation(let log): "simulation \(log)"
        case .contention: "contention"
        case .unavailable(let sent, _): "unavailable \(sent)"
        case .refused: "refused"
        }
    }
}

/// What an operation came to: its result in words, or the error's kind.
func outcome(_ body: () async throws -> AppendResult) async -> String {
    do {
        let result = try await body()
        return "\(result.firstPosition)-\(result.lastPosition)\(result.isDuplicate ? " again" : "")"
    } catch let error as AppendError {
        return error.brief
    } catch {
        return "other: \(error)"
    }
}

/// The SQLSTATE with which a statement is refused; nil when it is not refused.
func refusal(_ connection: PostgresConnection, _ sql: String) async throws -> SQLState? {
    do {
        try await connection.query(sql, prepare: false)
        return nil
    } catch let error as PostgresError where error.sqlState != nil {
        return error.sqlState
    }
}

/// Holds the log's head row while `body` runs, so that what is appended meanwhile collects into batches.
func holdingHead<Result: Sendable>(
    of database: TestDatabase,
    _ body: () async throws -> Result
) async throws -> Result {
    let admin = try await database.superuser()
    try await admin.script("BEGIN; SELECT FROM caseflow.logs FOR UPDATE")
    do {
        let result = try await body()
        try await admin.script("COMMIT")
        await admin.close()
        return result
    } catch {
        await admin.close()
        throw error
    }
}

/// Runs SQL as superuser with the triggers of the append-only tables switched off.
func tamper(_ database: TestDatabase, _ sql: String) async throws {
    let admin = try await database.superuser()
    let tables = ["events", "batches", "requests", "streams", "logs"]
    try await admin.script(tables.map { "ALTER TABLE caseflow.\($0) DISABLE TRIGGER ALL;" }.joined())
    try await admin.script(sql)
    try await admin.script(tables.map { "ALTER TABLE caseflow.\($0) ENABLE TRIGGER ALL;" }.joined())
    await admin.close()
}

/// Waits until a condition holds, at most for `limit`; false if it never did.
func eventually(within limit: Duration = .seconds(30), _ condition: () async throws -> Bool) async throws -> Bool {
    let deadline = ContinuousClock.now + limit
    while ContinuousClock.now < deadline {
        if try await condition() { return true }
        try await Task.sleep(for: .milliseconds(5))
    }
    return try await condition()
}

/// A count that many tasks may change.
final class Counter: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func add(_ count: Int = 1) { number.withLock { $0 += count } }
}
