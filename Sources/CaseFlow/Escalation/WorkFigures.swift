import EventStore
import PostgresClient

/// Figures of the work on a log that cost the same however large it is: a few looks into indexes, and the rows that wait.
public struct WorkFigures: Sendable, Codable, Hashable {
    /// What waits to be told to a sink.
    public struct Depth: Sendable, Codable, Hashable {
        /// Notifications that are tried again, and those that are not.
        public let waiting, dead: Int
        /// How long ago the oldest that waits was raised, in seconds; 0 where nothing waits, and in a simulated log.
        public let oldestSeconds: Double
    }

    /// What the workers do, without the open cards.
    public let status: WorkStatus
    /// The live projections, by name.
    public let projections: [ProjectionStatus]
    /// The outbox, by sink.
    public let outbox: [String: Depth]
    /// Events of the log.
    public let events: Int64
    /// The age of the first of them, in seconds: the lag of a projection that nobody has begun. 0 where there is none.
    public let firstSeconds: Double
    /// Whether nothing in it has happened; then ages by the clock on the wall say nothing.
    public let isSimulation: Bool

    /// The figures of a log.
    public static func of(_ log: EventLog) async throws -> WorkFigures {
        let information = try await LogInformation.of(log)
        return WorkFigures(
            status: try await WorkStatus.of(log, countingCards: false),
            projections: try await log.projectionStatus().filter { $0.state == "live" },
            outbox: try await depths(of: log, isSimulation: information.isSimulation),
            events: information.events,
            firstSeconds: try await firstSeconds(of: log),
            isSimulation: information.isSimulation
        )
    }

    private static func firstSeconds(of log: EventLog) async throws -> Double {
        let rows = try await log.pool.query(
            """
            SELECT greatest(0, extract(epoch FROM clock_timestamp() - recorded_at)::double precision)
              FROM caseflow.events WHERE log_id = $1 AND position = 1
            """,
            [log.id.rawValue]
        )
        return try rows.first?.decode(0) ?? 0
    }

    private static func depths(of log: EventLog, isSimulation: Bool) async throws -> [String: Depth] {
        let rows = try await log.pool.query(
            """
            SELECT s.sink, coalesce(o.waiting, 0), coalesce(o.dead, 0),
                   greatest(0, extract(epoch FROM clock_timestamp() - e.recorded_at)::double precision)
              FROM caseflow.outbox_sinks s
              LEFT JOIN (SELECT sink, count(*) FILTER (WHERE NOT is_dead) AS waiting,
                                count(*) FILTER (WHERE is_dead) AS dead, min(position) FILTER (WHERE NOT is_dead) AS oldest
                           FROM caseflow.outbox WHERE log_id = $1 GROUP BY sink) o ON o.sink = s.sink
              LEFT JOIN caseflow.events e ON e.log_id = $1 AND e.position = o.oldest
             WHERE s.log_id = $1
            """,
            [log.id.rawValue]
        )
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                let age = try row.decode(3, as: Double?.self) ?? 0
                let depth = Depth(
                    waiting: try row.decode(1),
                    dead: try row.decode(2),
                    oldestSeconds: isSimulation ? 0 : age
                )
                return (try row.decode(0, as: String.self), depth)
            }
        )
    }
}
