import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Requests that share a batch. Another session holds the log's head row meanwhile, so that they collect.
@Suite struct SharedBatchTests {
    /// Appends each of the requests from a task of its own while the head is held.
    private func together(
        _ log: EventLog,
        _ database: TestDatabase,
        _ requests: [AppendRequest]
    ) async throws -> [String] {
        try await withThrowingTaskGroup(of: (Int, String).self) { group in
            try await holdingHead(of: database) {
                // The first goes off alone and waits for the head; the others collect behind it.
                group.addTask { (-1, await outcome { try await log.append(stream("first"), .any) }) }
                try await Task.sleep(for: .milliseconds(100))
                for (index, request) in requests.enumerated() {
                    group.addTask { (index, await outcome { try await log.append(request) }) }
                }
                try await Task.sleep(for: .milliseconds(150))
            }
            var results = Array(repeating: "", count: requests.count)
            for try await (index, text) in group where index >= 0 { results[index] = text }
            return results
        }
    }

    private func request(_ name: String, _ expected: ExpectedVersion = .any, _ event: NewEvent) -> AppendRequest {
        AppendRequest(id: UUID(), writes: [StreamWrite(stream(name), expected: expected, events: [event])])
    }

    /// How many commits stored the log.
    private func batches(_ log: EventLog) async throws -> Int {
        try await log.pool.query("SELECT count(*) FROM caseflow.batches")[0].decode(0)
    }

    @Test func `a request that does not fit harms no other of its batch`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        try await log.append(stream("taken"), .noStream)
        let other = try await database.log()
        try await other.append(stream("behind"), .noStream)
        try await log.append(stream("behind"), .exact(1))
        try await other.append(stream("behind"), .any)  // unknown to the first daemon
        var requests = (0..<60).map { request("good-\($0)", .noStream, event($0)) }
        requests[20] = request("taken", .noStream, event())
        requests[40] = request("behind", .exact(2), event())
        let results = try await together(log, database, requests)
        #expect(results[20] == "conflict case/taken no stream 1")
        #expect(results[40] == "conflict case/behind version 2 3")
        #expect(results.count { $0.contains("-") && !$0.contains("conflict") } == 58)
        #expect(try await log.head() == 4 + 1 + 58)
        #expect(try await batches(log) < 15)
        #expect(try await LogVerifier(log).verify().isSound)
    }

    @Test func `many requests on one stream chain in one batch`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let requests = (0..<100).map { request("hot", .any, event($0)) }
        let results = try await together(log, database, requests)
        #expect(Set(results).count == 100)
        #expect(try await log.readStream(stream("hot")).collect().map(\.version) == Array(1...100))
        #expect(try await batches(log) <= 8)
        #expect(try await LogVerifier(log).verify().isSound)
    }

    @Test func `of many that would begin one stream one wins`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let results = try await together(log, database, (0..<50).map { request("1", .noStream, event($0)) })
        #expect(results.count { $0 == "conflict case/1 no stream 1" } == 49)
        #expect(try await log.head(of: stream("1")).version == 1)
    }

    @Test(arguments: ["{", "nonsense", "", "{}{}", "{\"a\":\"\u{1}\"}"])
    func `an event that is not JSON is refused and its neighbours are stored`(json: String) async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        var requests = (0..<20).map { request("s\($0 % 5)", .any, event($0)) }
        requests[7] = request("s2", .any, event(json: json))
        let results = try await together(log, database, requests)
        #expect(results[7] == "refused")
        #expect(results.count { $0 == "refused" } == 1)
        #expect(try await log.head() == 20)
        #expect(try await LogVerifier(log).verify().isSound)
    }

    @Test func `what is told as a conflict has happened`() async throws {
        // The first request of the batch would begin `b`, but is itself refused because of `a`: the second, which
        // would begin `b` too, must not be turned away for a stream that never came to be.
        let database = try await TestCluster.shared.database()
        let (log, other) = (try await database.log(), try await database.log())
        try await log.append(stream("a"), .noStream)
        try await other.append(stream("a"), .any)
        let first = AppendRequest(
            id: UUID(),
            writes: [
                StreamWrite(stream("a"), expected: .exact(1), events: [event()]),
                StreamWrite(stream("b"), expected: .noStream, events: [event()]),
            ]
        )
        let results = try await together(log, database, [first, request("b", .noStream, event())])
        #expect(results[0] == "conflict case/a version 1 2" || results[0] == "conflict case/b no stream 1")
        #expect(results[1] == "4-4")
        #expect(try await log.head(of: stream("b")).version == 1)
    }

    @Test func `a batch that waits long for the head is stamped again, not refused for its clock`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        try await log.append(stream("1"), .noStream)
        let late = try await holdingHead(of: database) {
            let late = Task { await outcome { try await log.append(stream("1"), .exact(1)) } }
            try await Task.sleep(for: .seconds(6))
            return late
        }
        #expect(await late.value == "2-2")
        #expect(try await LogVerifier(log).verify().isSound)
    }
}
