import EventStore
import Foundation
import PostgresClient
import Support
import Synchronization
import Testing

/// Many writers, two daemons, sessions that are killed.
@Suite struct TwoDaemonTests {
    @Test func `24 writers of two daemons on 40 hot streams leave no gap and no duplicate`() async throws {
        let database = try await TestCluster.shared.database()
        let logs = [try await database.log(), try await database.log()]
        let results = try await withThrowingTaskGroup(of: [AppendResult].self) { group in
            for writer in 0..<24 {
                group.addTask {
                    var results: [AppendResult] = []
                    for index in 0..<20 {
                        let events = (0..<Int.random(in: 1...3)).map { event($0) }
                        let hot = stream("hot-\((writer * 7 + index) % 40)")
                        results.append(try await logs[writer % 2].append(hot, .any, events))
                    }
                    return results
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        let spans = results.sorted { $0.firstPosition < $1.firstPosition }
        #expect(spans.first?.firstPosition == 1)
        #expect(zip(spans, spans.dropFirst()).allSatisfy { $0.lastPosition + 1 == $1.firstPosition })
        let end = try await logs[0].head()
        #expect(spans.last?.lastPosition == end)
        let verdict = try await LogVerifier(logs[1]).verify()
        #expect(verdict.isSound)
        #expect(verdict.events == end)
        #expect(verdict.streams == 40)
    }

    @Test func `sessions that are killed lose nothing and store nothing twice`() async throws {
        let database = try await TestCluster.shared.database()
        let logs = [try await database.log(), try await database.log()]
        let isOver = Mutex(false)
        async let killing = {
            let admin = try await database.superuser()
            var killed = 0
            while !isOver.withLock(\.self) {
                killed += try await admin.query(
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE datname = current_database() AND query LIKE '%caseflow.append(%' AND pid <> pg_backend_pid()
                    """
                ).count
                // Long enough, on a loaded machine too, for some appends to get through in between.
                try await Task.sleep(for: .milliseconds(Int.random(in: 30...120)))
            }
            await admin.close()
            return killed
        }()
        let acknowledged = try await withThrowingTaskGroup(of: [(UUID, AppendResult)].self) { group in
            for writer in 0..<16 {
                group.addTask {
                    var done: [(UUID, AppendResult)] = []
                    for index in 0..<40 {
                        let (id, log) = (UUID(), logs[writer % 2])
                        // A stream of the writer's own by exact version, and one that all share.
                        let own: ExpectedVersion = index == 0 ? .noStream : .exact(Int64(index))
                        let request = AppendRequest(
                            id: id,
                            writes: [
                                StreamWrite(stream("own-\(writer)"), expected: own, events: [event(index)]),
                                StreamWrite(stream("shared-\(index % 5)"), expected: .any, events: [event(index)]),
                            ]
                        )
                        done.append((id, try await log.append(request)))
                    }
                    return done
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        isOver.withLock { $0 = true }
        #expect(try await killing > 0)
        #expect(acknowledged.count == 16 * 40)
        let events = try await logs[0].read().collect()
        #expect(events.count == 2 * 16 * 40)
        for (id, result) in acknowledged {
            let stored = events[Int(result.firstPosition - 1)...Int(result.lastPosition - 1)]
            let mark = "{\"request\":\"\(id.uuidString.lowercased())\"}"
            #expect(stored.allSatisfy { String(decoding: $0.metadata, as: UTF8.self) == mark })
        }
        #expect(try await LogVerifier(logs[0]).verify().isSound)
    }

    @Test func `a request whose session is killed while it waits for the head is stored once`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        try await log.append(stream("1"), .noStream)
        let requests = try await holdingHead(of: database) {
            let tasks = (1...5).map { index in
                Task { await outcome { try await log.append(stream("\(index)"), index == 1 ? .exact(1) : .noStream) } }
            }
            try await Task.sleep(for: .milliseconds(150))
            let admin = try await database.superuser()
            try await admin.script(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = current_database() AND wait_event_type = 'Lock'
                """
            )
            await admin.close()
            return tasks
        }
        for request in requests { #expect(await !request.value.contains(" ")) }
        #expect(try await log.head() == 6)
        #expect(try await LogVerifier(log).verify().isSound)
    }

    @Test func `a database that stays away is reported, and what was not sent is not stored`() async throws {
        let database = try await TestCluster.shared.database()
        var settings = EventLog.Settings()
        settings.patience = .milliseconds(300)
        let away = EventLog(
            try LogID("test"),
            work: database.configuration().with(["host": "/nonexistent"]),
            settings: settings
        )
        #expect(await outcome { try await away.append(stream("1"), .any) } == "unavailable false")
        await away.close()
    }

    @Test func `a caller who gives up does not undo a request that is on its way`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let task = try await holdingHead(of: database) {
            let task = Task { await outcome { try await log.append(stream("1"), .noStream) } }
            try await Task.sleep(for: .milliseconds(100))
            task.cancel()
            return task
        }
        #expect(await task.value == "1-1")
        #expect(try await log.head() == 1)
    }

    @Test func `closing waits for what is on its way`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log()
        let tasks = (0..<50).map { index in Task { await outcome { try await log.append(stream("1"), .any) } } }
        try await Task.sleep(for: .milliseconds(20))
        await log.close()
        let stored = try await database.log().head()
        var acknowledged: Int64 = 0
        for task in tasks {
            let result = await task.value
            if result.contains("-") { acknowledged += 1 } else { #expect(result == "unavailable false") }
        }
        #expect(acknowledged == stored)
    }
}
