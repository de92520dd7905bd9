import EventStore
import Foundation
import PostgresClient

/// What the workers of a log do, how far behind they are, and what is set aside.
public struct WorkStatus: Sendable, Codable, Hashable {
    /// A worker, as it says itself.
    public struct Worker: Sendable, Codable, Hashable {
        /// Its id.
        public let worker: String
        /// When it began, and when it was seen last; RFC 3339, UTC.
        public let startedAt, seenAt: String
        /// Whether it was seen within the last half minute.
        public let isAlive: Bool
        /// What it does.
        public let doing: String
        /// What it has done.
        public let raised, lapsed, parked: Int
    }

    /// The log.
    public let log: String
    /// The moment by which things are due; RFC 3339, UTC.
    public let now: String
    /// Events that the read tables have not taken in yet, and the age of the oldest in seconds.
    public let lagEvents: Int64
    /// 0 when nothing is behind.
    public let lagSeconds: Double
    /// Rungs and lapses that are due now, without those that are set aside; counted up to `dueLimit`.
    public let due: Int
    /// Up to which number what is due is counted.
    public let dueLimit: Int
    /// By how many seconds the first of them is overdue; 0 where nothing is due.
    public let behindSeconds: Double
    /// When the next is due that is not due yet; RFC 3339, UTC; nil where nothing runs.
    public let nextDue: String?
    /// How many cards wait for an answer, by level.
    public let openCards: [String: Int]
    /// How many rungs are set aside.
    public let parkedCount: Int
    /// The first hundred of them.
    public let parked: [ParkedRung]
    /// The workers.
    public let workers: [Worker]

    /// Whether somebody should look: something is set aside, or what is due waits for longer than a minute.
    public var isAmiss: Bool { parkedCount > 0 || behindSeconds > 60 }

    /// The status of a log; of a simulated one by the time of its last event.
    /// - Parameter countingCards: whether open cards are counted, which reads each of them; else `openCards` is empty.
    public static func of(_ log: EventLog, countingCards: Bool = true) async throws -> WorkStatus {
        let information = try await LogInformation.of(log)
        let lag = try await log.projectionStatus().first { $0.name == "case-clocks" && $0.state == "live" }
        let parked = try await ParkedRung.all(of: log)
        let workers = try await workers(of: log)
        let dueLimit = 10_000
        return try await log.pool.transaction(.repeatableRead, readOnly: true) { transaction in
            let last = try await transaction.query(
                "SELECT recorded_at FROM caseflow.events WHERE log_id = $1 ORDER BY position DESC LIMIT 1",
                [log.id.rawValue]
            )
            let simulated: Timestamp? = information.isSimulation ? try last.first?.decode(0) : nil
            let now = simulated ?? log.clock.now()
            let generation = try await DueRungs.generation(log, transaction) ?? -1
            let key: [any PostgresEncodable] = [log.id.rawValue, generation, now]
            let due = try await transaction.query(
                """
                SELECT count(*), min(d.due_at) FROM (
                    SELECT r.due_at FROM caseflow.case_rungs r
                     WHERE r.log_id = $1 AND r.generation = $2 AND r.due_at <= $3 AND \(DueRungs.isNotAside)
                     ORDER BY r.generation, r.due_at LIMIT $4) d
                """,
                key + [dueLimit]
            )
            let next = try await transaction.query(DueRungs.nextSQL, key)
            let cards = countingCards ? try await openCards(of: log, generation, transaction) : [:]
            let aside = try await transaction.query(
                "SELECT count(*) FROM caseflow.parked_rungs WHERE log_id = $1",
                [log.id.rawValue]
            )
            let first: Timestamp? = try due.first?.decode(1)
            return WorkStatus(
                log: log.id.rawValue,
                now: now.description,
                lagEvents: lag?.lagEvents ?? information.events,
                lagSeconds: information.isSimulation ? 0 : lag?.lagSeconds ?? 0,
                due: try due.first?.decode(0, as: Int.self) ?? 0,
                dueLimit: dueLimit,
                behindSeconds: first.map { max(0, Double(now.microseconds - $0.microseconds) / 1_000_000) } ?? 0,
                nextDue: try next.first?.decode(0, as: Timestamp.self).description,
                openCards: cards,
                parkedCount: try aside.first?.decode(0, as: Int.self) ?? 0,
                parked: parked,
                workers: workers
            )
        }
    }

    /// How many cards wait for an answer, by level. Reads all of them.
    static func openCards(
        of log: EventLog,
        _ generation: Int32,
        _ transaction: PostgresTransaction
    ) async throws -> [String: Int] {
        let rows = try await transaction.query(
            """
            SELECT k.rung, count(*) FROM caseflow.case_cards k
             WHERE k.log_id = $1 AND k.generation = $2 AND \(CaseCards.isOpen)
             GROUP BY k.rung
            """,
            [log.id.rawValue, generation]
        )
        return Dictionary(uniqueKeysWithValues: try rows.map { (try $0.decode(0), try $0.decode(1, as: Int.self)) })
    }

    private static func workers(of log: EventLog) async throws -> [Worker] {
        try await log.pool.query(
            """
            SELECT worker, started_at, seen_at, seen_at > clock_timestamp() - interval '30 seconds', doing, raised, lapsed,
                   parked
              FROM caseflow.workers WHERE log_id = $1 ORDER BY seen_at DESC LIMIT 100
            """,
            [log.id.rawValue]
        ).map { row in
            Worker(
                worker: try row.decode(0, as: UUID.self).text,
                startedAt: try row.decode(1, as: Timestamp.self).description,
                seenAt: try row.decode(2, as: Timestamp.self).description,
                isAlive: try row.decode(3),
                doing: try row.decode(4),
                raised: try row.decode(5),
                lapsed: try row.decode(6),
                parked: try row.decode(7)
            )
        }
    }
}
