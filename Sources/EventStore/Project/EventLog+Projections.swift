import PostgresClient

extension EventLog {
    /// How far the projections of this log have come: lag in events and seconds, what is set aside, and whether what
    /// was delivered is what is stored (counted, so it reads the primary key up to the checkpoint when `audit`).
    public func projectionStatus(audit: Bool = false) async throws -> [ProjectionStatus] {
        let end = try await head()
        let rows = try await pool.query(
            """
            SELECT p.name, p.generation, p.state, p.code_version, p.checkpoint, p.delivered, p.parked,
                   (SELECT count(*) FROM caseflow.parked_streams s
                     WHERE s.log_id = p.log_id AND s.name = p.name AND s.generation = p.generation),
                   (SELECT extract(epoch FROM clock_timestamp() - e.recorded_at)::double precision
                      FROM caseflow.events e WHERE e.log_id = p.log_id AND e.position = p.checkpoint + 1),
                   CASE WHEN $2 THEN (SELECT count(*) FROM caseflow.events e
                                       WHERE e.log_id = p.log_id AND e.position <= p.checkpoint) END,
                   p.taken + p.aside
              FROM caseflow.projections p WHERE p.log_id = $1 ORDER BY p.name, p.generation
            """,
            [id.rawValue, audit]
        )
        return try rows.map { row in
            let checkpoint = try row.decode(4, as: Int64.self)
            let delivered = try row.decode(5, as: Int64.self)
            let parked = try row.decode(6, as: Int64.self)
            let stored = try row.decode(9, as: Int64?.self) ?? checkpoint
            return ProjectionStatus(
                name: try row.decode(0),
                generation: try row.decode(1),
                state: try row.decode(2),
                codeVersion: try row.decode(3),
                checkpoint: checkpoint,
                delivered: delivered,
                parked: parked,
                parkedStreams: try row.decode(7),
                lagEvents: max(0, end - checkpoint - (try row.decode(10, as: Int64.self))),
                lagSeconds: max(0, try row.decode(8, as: Double?.self) ?? 0),
                isComplete: delivered + parked == checkpoint && stored == checkpoint
            )
        }
    }
}
