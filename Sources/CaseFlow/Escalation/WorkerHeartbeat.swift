import EventStore
import Foundation
import PostgresClient

/// Says what a worker does, so that `work status` can tell; a hint, on which nothing depends.
actor WorkerHeartbeat {
    private let log: EventLog
    private let id = UUID()
    private let started = RecordingClock.system.now()
    private var said: (doing: String, at: ContinuousClock.Instant)?

    init(_ log: EventLog) { self.log = log }

    /// Says what it does, when that has changed or two seconds after it was said last. What goes wrong with that is passed over.
    func beat(_ doing: String, _ tally: EscalationWorker.Tally) async {
        let now = ContinuousClock.now
        if let said, now - said.at < (said.doing == doing ? .seconds(2) : .milliseconds(500)) { return }
        if said == nil { await tidy() }
        said = (doing, now)
        _ = try? await log.pool.query(
            """
            INSERT INTO caseflow.workers AS w (log_id, worker, started_at, seen_at, doing, raised, lapsed, parked)
            VALUES ($1, $2, $3, clock_timestamp(), $4, $5, $6, $7)
            ON CONFLICT (log_id, worker) DO UPDATE
               SET (seen_at, doing, raised, lapsed, parked)
                 = (excluded.seen_at, excluded.doing, excluded.raised, excluded.lapsed, excluded.parked)
            """,
            [log.id.rawValue, id, started, doing, tally.raised, tally.lapsed, tally.parked]
        )
    }

    /// Takes away those that have not been seen for a day: they were killed.
    private func tidy() async {
        _ = try? await log.pool.query(
            "DELETE FROM caseflow.workers WHERE log_id = $1 AND seen_at < clock_timestamp() - interval '1 day'",
            [log.id.rawValue]
        )
    }

    /// It has ended.
    func end() async {
        if said == nil { return }
        _ = try? await log.pool.query(
            "DELETE FROM caseflow.workers WHERE log_id = $1 AND worker = $2",
            [log.id.rawValue, id]
        )
        await tidy()
    }
}
