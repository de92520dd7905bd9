import PostgresClient

/// What a log says of itself.
public struct LogInformation: Sendable, Codable, Hashable {
    /// Its name.
    public let log: String
    /// The name under which its checkpoints are signed.
    public let origin: String
    /// IANA name of the zone whose calendar days count.
    public let timeZone: String
    /// Position of its last event; 0 when it is empty.
    public let events: Int64
    /// When it was created; RFC 3339, UTC.
    public let createdAt: String
    /// `real`, or `simulated`: its events bear the times of a simulation.
    public let clock: String
    /// Whether nothing in it has happened.
    public var isSimulation: Bool { clock == RecordingClock.simulated }

    private static let select = "SELECT log_id, origin, time_zone, position, created_at, clock FROM caseflow.logs"

    private init(_ row: PostgresRow) throws {
        log = try row.decode(0)
        origin = try row.decode(1)
        timeZone = try row.decode(2)
        events = try row.decode(3)
        createdAt = try row.decode(4, as: Timestamp.self).description
        clock = try row.decode(5)
    }

    /// All logs of a database, by name.
    public static func all(_ connection: PostgresConnection) async throws -> [LogInformation] {
        try await connection.query("\(select) ORDER BY log_id").map(LogInformation.init)
    }

    /// One log. Errors: `AppendError.noSuchLog`.
    public static func of(_ log: EventLog) async throws -> LogInformation {
        let rows = try await log.pool.query("\(select) WHERE log_id = $1", [log.id.rawValue])
        guard let row = rows.first else { throw AppendError.noSuchLog(log.id) }
        return try LogInformation(row)
    }
}
