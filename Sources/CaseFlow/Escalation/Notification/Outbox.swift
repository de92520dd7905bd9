import EventStore
import Foundation
import PostgresClient

/// The notifications of raised rungs to one sink: at least once each, tried again with growing pauses, and set aside as
/// dead after ten tries in vain. A receiver that gets one twice knows it by its id, the CloudEvents `id` of the event.
///
/// A worker claims what it tries for the length of a lease, and notes afterwards what came of it. One that dies between the two
/// leaves its claims to be tried by others when the lease is over.
public struct Outbox: Sendable {
    /// So often a notification is tried.
    public static let mostTries = 10

    private let log: EventLog
    private let sink: NotificationSink
    /// How long a delivery may take, where that is not the sink's own.
    private let patience: Duration?

    /// So many events of the log are looked through at a time.
    var feedLength: Int64 = 20_000

    /// The outbox of a log for a sink.
    public init(_ log: EventLog, to sink: NotificationSink) { self.init(log, to: sink, patience: nil) }

    init(_ log: EventLog, to sink: NotificationSink, patience: Duration?) {
        (self.log, self.sink, self.patience) = (log, sink, patience)
    }

    /// Names the sink: it gets what is raised from now on. One that is known goes on where it was.
    public func open() async throws {
        try await log.pool.query(
            "INSERT INTO caseflow.outbox_sinks (log_id, sink, position) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
            [log.id.rawValue, sink.description, try await log.head()]
        )
    }

    /// Takes what was raised since into the outbox, a part of the log at a time: rows and position in one transaction. Returns
    /// how many.
    public func feed() async throws -> Int {
        let head = try await log.head()
        var fed = 0
        while !Task.isCancelled, let part = try await feed(upTo: head) { fed += part }
        return fed
    }

    /// Takes in the next part; nil where there is none, and where another worker was faster.
    private func feed(upTo head: Int64) async throws -> Int? {
        let rows = try await log.pool.query(
            "SELECT position FROM caseflow.outbox_sinks WHERE log_id = $1 AND sink = $2",
            [log.id.rawValue, sink.description]
        )
        guard let reached: Int64 = try rows.first?.decode(0), head > reached else { return nil }
        let end = min(head, reached + feedLength)
        var raised: [(Int64, String)] = []
        for try await event in log.read(after: reached, upTo: end, .category("case"))
        where event.type == Case.Coding.cardRaised {
            let line = CloudEventsExport.line(of: event, in: log.id)
            raised.append((event.position, String(decoding: line, as: UTF8.self)))
        }
        let (found, now) = (raised, RecordingClock.system.now())
        return try await log.pool.transaction { transaction -> Int? in
            let moved = try await transaction.query(
                "UPDATE caseflow.outbox_sinks SET position = $4 WHERE log_id = $1 AND sink = $2 AND position = $3",
                [log.id.rawValue, sink.description, reached, end]
            )
            if moved.affectedRows == 0 { return nil }
            if found.isEmpty { return 0 }
            try await transaction.query(
                """
                INSERT INTO caseflow.outbox (log_id, sink, position, key, body, tries, next_try, is_dead, error)
                SELECT $1, $2, u.position, $5 || ':' || u.position, u.body, 0, $6, false, ''
                  FROM unnest($3::bigint[], $4::text[]) AS u(position, body)
                ON CONFLICT DO NOTHING
                """,
                [log.id.rawValue, sink.description, found.map(\.0), found.map(\.1), log.id.rawValue, now]
            )
            return found.count
        }
    }

    /// What a round of deliveries came to.
    public struct Round: Sendable, Hashable {
        /// Delivered, and not.
        public var delivered = 0, failed = 0
    }

    /// A notification that this worker has taken upon itself, for the length of the lease.
    struct Claim: Sendable, Hashable {
        let position: Int64
        let body: String
        /// Which try this is, from 1. Also the fence: only who made this try may say that it was in vain.
        let tries: Int32
        /// As they were before.
        let nextTry: Timestamp
        let error: String
    }

    /// For so long a round begins deliveries; what is left of its claims then goes back.
    static let longestRound: Duration = .seconds(30)
    /// What `error` says of a try that is on its way, or whose worker has died.
    static let unknown = "taken by a worker, which has not said yet what came of it"

    /// What `error` says of a notification that no worker has come back from.
    static let deadly = "taken ten times, and no worker has said what came of the last: it may be what kills them"

    /// How long what was claimed is left alone by others: a round, the delivery that it begins last, and time to note it.
    /// After that a worker counts as dead, and others try again. Microseconds.
    var lease: Int64 {
        (Self.longestRound + (patience ?? sink.patience) + .seconds(30)).components.seconds * 1_000_000
    }

    /// Claims what was to be tried by a moment, at most `limit`, in the order of that. In a short transaction of its own:
    /// what is claimed is tried later than now, and that is all that others see. The try is counted here, so that one whose
    /// worker dies of it counts as well; what has used up its tries in that way is dead.
    func claim(limit: Int, dueBy: Timestamp, now: Timestamp) async throws -> [Claim] {
        try await log.pool.query(
            """
            UPDATE caseflow.outbox SET is_dead = true, error = $5
             WHERE log_id = $1 AND sink = $2 AND NOT is_dead AND next_try <= $3 AND tries >= $4
            """,
            [log.id.rawValue, sink.description, dueBy, Int32(Self.mostTries), Self.deadly]
        )
        let rows = try await log.pool.query(
            """
            WITH c AS MATERIALIZED (
                SELECT position, tries, next_try, error FROM caseflow.outbox
                 WHERE log_id = $1 AND sink = $2 AND NOT is_dead AND next_try <= $3
                 ORDER BY next_try, position LIMIT $4 FOR UPDATE SKIP LOCKED)
            UPDATE caseflow.outbox o SET tries = c.tries + 1, next_try = $5, error = $6 FROM c
             WHERE o.log_id = $1 AND o.sink = $2 AND o.position = c.position
            RETURNING o.position, o.body, o.tries, c.next_try, c.error
            """,
            [
                log.id.rawValue, sink.description, dueBy, limit, now.advanced(byMicroseconds: lease), Self.unknown,
            ]
        )
        return try rows.map { row in
            Claim(
                position: try row.decode(0),
                body: try row.decode(1),
                tries: try row.decode(2),
                nextTry: try row.decode(3),
                error: try row.decode(4)
            )
        }.sorted { ($0.nextTry, $0.position) < ($1.nextTry, $1.position) }
    }

    /// Tries what was to be tried by a moment, at most `limit`; what another worker tries is left to it. No transaction is open
    /// and no row is locked while a delivery is on its way, however long it takes.
    /// - Parameter goesOn: asked before each delivery; what is not begun then goes back, as if it had not been claimed.
    public func deliver(
        limit: Int = 20,
        dueBy: Timestamp? = nil,
        while goesOn: @Sendable () -> Bool = { true }
    ) async throws -> Round {
        let now = RecordingClock.system.now()
        let claims = try await claim(limit: limit, dueBy: dueBy ?? now, now: now)
        var round = Round()
        var results = Results()
        let (began, noted) = (ContinuousClock.now, Duration.seconds(1))
        var last = began
        for claim in claims {
            guard goesOn(), .now - began < Self.longestRound else {
                results.untried.append(claim)
                continue
            }
            if let failure = await sink.deliver(claim.body, patience: patience) {
                round.failed += 1
                results.failed.append((claim, failure))
            } else {
                round.delivered += 1
                results.delivered.append(claim.position)
            }
            // Quick ones are noted together; of slow ones none that went well is to be repeated because a later one takes us.
            if .now - last >= noted {
                try await note(results)
                (results, last) = (Results(), .now)
            }
        }
        try await note(results)
        return round
    }

    private struct Results {
        var delivered: [Int64] = []
        var failed: [(Claim, NotificationSink.Failure)] = []
        var untried: [Claim] = []

        var isEmpty: Bool { delivered.isEmpty && failed.isEmpty && untried.isEmpty }
    }

    /// Notes what came of claims. Who was so slow that another has claimed the same since says nothing about it, unless it was
    /// delivered: that is so whoever did it.
    private func note(_ results: Results) async throws {
        if results.isEmpty { return }
        let (key, now): ([any PostgresEncodable], Timestamp) = (
            [log.id.rawValue, sink.description], RecordingClock.system.now()
        )
        try await log.pool.transaction { transaction in
            if !results.delivered.isEmpty {
                try await transaction.query(
                    "DELETE FROM caseflow.outbox WHERE log_id = $1 AND sink = $2 AND position = ANY ($3)",
                    key + [results.delivered]
                )
            }
            for (claim, failure) in results.failed {
                try await transaction.query(
                    """
                    UPDATE caseflow.outbox SET error = $5, next_try = $6, is_dead = $7
                     WHERE log_id = $1 AND sink = $2 AND position = $3 AND tries = $4
                    """,
                    key + [
                        claim.position, claim.tries, String(failure.reason.prefix(500)),
                        now.advanced(byMicroseconds: Self.pause(after: claim.tries, asked: failure.pause)),
                        claim.tries >= Self.mostTries,
                    ]
                )
            }
            for claim in results.untried {
                try await transaction.query(
                    """
                    UPDATE caseflow.outbox SET error = $5, next_try = $6, tries = tries - 1
                     WHERE log_id = $1 AND sink = $2 AND position = $3 AND tries = $4
                    """,
                    key + [claim.position, claim.tries, claim.error, claim.nextTry]
                )
            }
        }
    }

    /// The pause before the next try: two seconds, then twice as long each time. Microseconds.
    static func pause(after tries: Int32) -> Int64 { 2_000_000 << Int64(min(max(tries, 1) - 1, 12)) }

    /// The same, or what the receiver asked for, where that is longer. Microseconds.
    static func pause(after tries: Int32, asked: Duration?) -> Int64 {
        max(pause(after: tries), (asked?.components.seconds ?? 0) * 1_000_000)
    }

    /// Feeds, and tries once what is to be tried by now. Returns what it came to.
    /// - Parameter goesOn: asked before each delivery.
    @discardableResult
    public func work(while goesOn: @Sendable () -> Bool = { true }) async throws -> Round {
        var all = Round()
        _ = try await feed()
        // What fails meanwhile waits for the next time, however soon it is to be tried again.
        let now = RecordingClock.system.now()
        while !Task.isCancelled, goesOn() {
            let round = try await deliver(dueBy: now, while: goesOn)
            all.delivered += round.delivered
            all.failed += round.failed
            if round.delivered + round.failed == 0 { break }
        }
        return all
    }
}
