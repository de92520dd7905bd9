import PostgresClient
import Support
import Synchronization
import Testing

/// Sessions on one empty database of the test process.
enum TestSession {
    private static let database = Task { try await TestCluster.shared.emptyDatabase() }

    /// Where they lead, as superuser, under a name by which `pg_stat_activity` tells them apart.
    static func configuration(_ name: String = "test") async throws -> PostgresConfiguration {
        try await database.value.configuration(as: "postgres").with(["application_name": name])
    }

    static func open(_ name: String = "test") async throws -> PostgresConnection {
        try await .connect(configuration(name))
    }

    /// The server process of a session.
    static func pid(_ connection: PostgresConnection) async throws -> Int {
        try await connection.query("SELECT pg_backend_pid()")[0].decode(0)
    }

    /// Ends a session from outside.
    static func terminate(_ pid: Int) async throws {
        let admin = try await open()
        try await admin.query("SELECT pg_terminate_backend($1::bigint::int)", [pid])
        await admin.close()
    }

    /// Waits, up to 30 seconds, until a condition on the server holds.
    static func eventually(_ sql: String, _ parameters: [any PostgresEncodable] = []) async throws {
        let admin = try await open("observer")
        defer { Task { await admin.close() } }
        let start = ContinuousClock.now
        while ContinuousClock.now - start < .seconds(30) {
            if try await admin.query(sql, parameters)[0].decode(0, as: Bool.self) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("never became true: \(sql)")
    }
}

/// Fails, instead of hanging the tests, when `body` has not ended after 30 seconds: long enough for a loaded machine,
/// and a fraction of what the statements in the bodies would take if nobody ended them.
@discardableResult
func soon<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result {
    let limit = Duration.seconds(30)
    return try await withThrowingTaskGroup(of: Result.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            Issue.record("took longer than \(limit)")
            throw CancellationError()
        }
        defer { group.cancelAll() }
        guard let first = try await group.next() else { throw CancellationError() }
        return first
    }
}

/// A value that several tasks of a test change.
final class Shared<Value: Sendable>: Sendable {
    private let mutex: Mutex<Value>
    init(_ value: Value) { mutex = Mutex(value) }
    func withLock<Result: Sendable>(_ body: @Sendable (inout Value) -> Result) -> Result {
        mutex.withLock { value in
            var copy = value
            let result = body(&copy)
            value = copy
            return result
        }
    }
}
