import EventStore
import Foundation
import Logging
import PostgresClient
import Support
import Synchronization
import Testing

/// A stored row that is no event any more, because somebody changed it: it concerns its stream alone.
@Suite struct UnreadableRowTests {
    /// What a log's logger was told, level and position.
    private final class Ledger: Sendable {
        let lines = Mutex<[String]>([])
    }

    private struct LedgerHandler: LogHandler {
        let ledger: Ledger
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }
        func log(event: LogEvent) {
            let position = event.metadata?["position"].map { " \($0)" } ?? ""
            ledger.lines.withLock { $0.append("\(event.level)\(position)") }
        }
    }

    /// Twenty events, the eighth of which (stream 2, version 2) is no event any more.
    private func prepare(_ change: String) async throws -> (TestDatabase, EventLog, Ledger) {
        let database = try await TestCluster.shared.database()
        try await TallyProjection.install(database)
        let ledger = Ledger()
        let log = EventLog(
            try LogID("test"),
            work: database.configuration(),
            logger: Logger(label: "test") { _ in LedgerHandler(ledger: ledger) }
        )
        try await log.create()
        for index in 0..<20 { try await log.append(stream("\(index % 5)"), .any, [event(index)]) }
        let admin = try await database.superuser()
        try await admin.script("CREATE TABLE public.kept AS SELECT * FROM caseflow.events WHERE position = 8")
        await admin.close()
        try await tamper(database, change)
        return (database, log, ledger)
    }

    private func status(_ log: EventLog) async throws -> ProjectionStatus {
        try #require(try await log.projectionStatus(audit: true).first { $0.name == "tally" && $0.state == "live" })
    }

    @Test(arguments: [
        """
        ALTER TABLE caseflow.events DROP CONSTRAINT events_leaf_whole;
        UPDATE caseflow.events SET leaf = '\\x00' WHERE position = 8
        """,
        """
        ALTER TABLE caseflow.events ALTER COLUMN type DROP NOT NULL;
        UPDATE caseflow.events SET type = NULL WHERE position = 8
        """,
        """
        ALTER TABLE caseflow.events DROP CONSTRAINT events_version_from_one;
        UPDATE caseflow.events SET version = 0 WHERE position = 8
        """,
        "UPDATE caseflow.events SET recorded_at = 'infinity' WHERE position = 8",
        """
        ALTER TABLE caseflow.events DROP CONSTRAINT events_effective_in_years;
        UPDATE caseflow.events SET effective_at = '-infinity' WHERE position = 8
        """,
    ])
    func `its stream is set aside with an alarm, the others go on, and once it is mended all is taken in`(
        change: String
    ) async throws {
        let (database, log, ledger) = try await prepare(change)
        let runner = ProjectionRunner(TallyProjection(), on: log)
        #expect(try await runner.catchUp() == 20)
        let others = try await TallyProjection.expected(log, without: [stream("2")])
        #expect(try await TallyProjection.live(log).filter { !$0.hasPrefix("case/2") } == others)
        #expect(try await TallyProjection.live(log).contains("case/2 1 2"))
        var status = try await self.status(log)
        #expect(status.parkedStreams == 1)
        #expect(status.parked == 3)
        #expect(status.isComplete)
        #expect(ledger.lines.withLock { $0 } == ["error 8"])
        let parked = try await log.pool.query("SELECT position, reason FROM caseflow.parked_streams")
        #expect(try parked[0].decode(0, as: Int.self) == 8)
        #expect(try parked[0].decode(1, as: String.self).hasPrefix("unreadable: "))
        #expect(try await LogVerifier(log).verify().damage?.position == 8)

        // Nothing of it is lost by trying again, and a rebuild comes to the same.
        #expect(try await runner.retryParked().failures.map(\.position) == [8])
        try await runner.rebuild()
        status = try await self.status(log)
        #expect([status.parked, status.delivered] == [3, 17])

        try await tamper(
            database,
            """
            UPDATE caseflow.events e
               SET leaf = k.leaf, type = k.type, version = k.version, recorded_at = k.recorded_at,
                   effective_at = k.effective_at
              FROM public.kept k WHERE e.position = k.position
            """
        )
        #expect(try await runner.retryParked().taken == 1)
        #expect(try await TallyProjection.live(log) == TallyProjection.expected(log))
        #expect(try await LogVerifier(log).verify().isSound)
        await log.close()
    }

    @Test func `an event of the same stream that no code can take comes first`() async throws {
        let (_, log, _) = try await prepare(
            """
            ALTER TABLE caseflow.events DROP CONSTRAINT events_leaf_whole;
            UPDATE caseflow.events SET leaf = '\\x00' WHERE position = 8
            """
        )
        let runner = ProjectionRunner(TallyProjection(poison: [3, 18]), on: log)
        #expect(try await runner.catchUp() == 20)
        let parked = try await log.pool.query("SELECT position, events, reason FROM caseflow.parked_streams")
        #expect(try parked.map { try $0.decode(0, as: Int.self) } == [3])
        #expect(try parked[0].decode(1, as: Int.self) == 4)
        #expect(try parked[0].decode(2, as: String.self) == "a test's poison")
        await log.close()
    }

    @Test func `a subscription tells it, a reader of its stream is stopped by it, a reader of another is not`()
        async throws
    {
        let (_, log, _) = try await prepare(
            """
            ALTER TABLE caseflow.events DROP CONSTRAINT events_leaf_whole;
            UPDATE caseflow.events SET leaf = leaf || '\\x00' WHERE position = 8
            """
        )
        for try await batch in log.subscribe() {
            #expect(batch.upTo == 20)
            #expect(batch.events.count == 19)
            #expect(batch.unreadable.map(\.position) == [8])
            #expect(batch.unreadable.map(\.stream) == [stream("2")])
            break
        }
        var seen: [Int64] = []
        let error = await #expect(throws: UnreadableRow.self) {
            for try await event in log.readStream(stream("2")) { seen.append(event.position) }
        }
        #expect(error?.position == 8)
        #expect(seen == [3])
        #expect(try await log.readStream(stream("3")).collect().count == 4)
        await log.close()
    }

    @Test func `a retry that finds fewer events than wait takes nothing in`() async throws {
        let (database, log, _) = try await prepare("SELECT 1")
        try await ProjectionRunner(TallyProjection(poison: [8]), on: log).catchUp()
        try await tamper(database, "DELETE FROM caseflow.events WHERE position = 13")
        let retry = try await ProjectionRunner(TallyProjection(), on: log).retryParked()
        #expect(retry.taken == 0)
        #expect(retry.failures.map(\.position) == [8])
        #expect(try await status(log).parkedStreams == 1)
        await log.close()
    }
}
