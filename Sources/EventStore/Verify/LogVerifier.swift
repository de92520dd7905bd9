import PostgresClient
import TransparencyLog

/// What is wrong with a stored log, at the first place where it is wrong.
public struct LogDamage: Sendable, Hashable, Codable {
    /// The kinds of damage.
    public enum Kind: String, Sendable, Codable {
        /// A field of the event is not what was hashed.
        case data
        /// The event stands at another place than it was written to.
        case order
        /// An event that was written is not there.
        case missing
        /// An event is there twice, or one that was never written.
        case duplicate
        /// The hash is not one that this log's append made.
        case foreignHash = "foreign-hash"
        /// The books beside the events (heads, batches, requests) do not agree with them.
        case books
    }

    /// The position of the event; where one is missing, the position at which it should be.
    public let position: Int64
    /// The kind.
    public let kind: Kind
    /// The stream concerned, if known.
    public let stream: String?
    /// In words.
    public let reason: String

    /// The one at the first position. Of two at one position the one that says more: a changed field explains the wrong
    /// hash. A value that is gone explains everything else that is wrong at its position.
    static func first(_ damages: [LogDamage?], explainedBy holes: [LogDamage?] = []) -> LogDamage? {
        func first(_ damages: [LogDamage?]) -> LogDamage? {
            damages.compactMap(\.self).min { ($0.position, $0.rank) < ($1.position, $1.rank) }
        }
        let found = first(damages)
        guard let hole = first(holes), hole.position <= found?.position ?? .max else { return found }
        return hole
    }

    private var rank: Int {
        switch kind {
        case .missing: 0
        case .duplicate: 1
        case .order: 2
        case .data: 3
        case .foreignHash: 4
        case .books: 5
        }
    }
}

/// The verdict on a log.
public struct LogVerdict: Sendable, Hashable {
    /// Events that are stored.
    public var events: Int64 = 0
    /// Streams that they form.
    public var streams: Int64 = 0
    /// The first wrong position, if any is wrong.
    public var damage: LogDamage?
    /// Whether nothing is wrong.
    public var isSound: Bool { damage == nil }
}

/// Recomputes a log from its rows and holds it against its books.
///
/// Two passes, each in constant memory over one snapshot: by position (numbers without a gap, each leaf equal to the
/// one in the journal of batches) and by stream (versions without a gap, each leaf equal to the hash of the row on top
/// of the leaf before, each head equal to the last event). Every column of every event is covered. Then the books, see
/// ``Books``. A log whose head row is gone while events or books of it are there is damaged, not absent.
public struct LogVerifier: Sendable {
    private let log: EventLog

    /// A verifier.
    public init(_ log: EventLog) { self.log = log }

    /// Verifies the whole log. `progress` is told how many of twice the events were read. Errors:
    /// `AppendError.noSuchLog` where nothing at all is known of the log.
    public func verify(progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)? = nil) async throws -> LogVerdict {
        try await log.pool.transaction(.repeatableRead, readOnly: true) { transaction in
            let rows = try await transaction.query(
                """
                SELECT (SELECT position FROM caseflow.logs WHERE log_id = $1), count(*), coalesce(max(position), 0),
                       EXISTS (SELECT FROM caseflow.logs WHERE log_id = $1)
                  FROM caseflow.events WHERE log_id = $1
                """,
                [log.id.rawValue]
            )
            let stated = try rows[0].decode(0, as: Int64?.self)
            let total = try rows[0].decode(1, as: Int64.self)
            let isThere = try rows[0].decode(3, as: Bool.self)
            if !isThere, total == 0, try await !Books.know(transaction, log.id) {
                throw AppendError.noSuchLog(log.id)
            }
            // Without the head row the log ends where its events do, as far as anybody can tell.
            let head = try stated ?? rows[0].decode(2)
            var byPosition = PositionPass(head: head)
            try await byPosition.run(transaction, log.id) { progress?($0, 2 * total) }
            var byStream = StreamPass(after: byPosition)
            try await byStream.run(transaction, log.id) { progress?(total + $0, 2 * total) }
            let inEvents = [
                byPosition.damage, byStream.damage,
                try await Books.journal(transaction, log.id),
                try await Books.requests(transaction, log.id, head: head),
                try await Books.owners(transaction, log.id),
            ]
            // Heads are at fault themselves only when every event is as it should be.
            let inHeads = [byStream.headDamage, try await Books.emptyStream(transaction, log.id, head: head)]
            var holes: [LogDamage?] = []
            for table in [Books.Table.events, .batches, .requests] {
                holes.append(try await Books.hole(transaction, log.id, in: table))
            }
            let holeInHeads = try await Books.hole(transaction, log.id, in: .streams)
            let noHead = LogDamage(
                position: head,
                kind: .books,
                stream: nil,
                reason: isThere
                    ? "the log's head row (caseflow.logs) has no position; \(total) events of the log are there"
                    : "the log's head row (caseflow.logs) is missing, but \(total) events of the log are there"
            )
            return LogVerdict(
                events: byPosition.events,
                streams: byStream.streams,
                damage: LogDamage.first(inEvents, explainedBy: holes)
                    ?? (stated == nil ? noHead : LogDamage.first(inHeads, explainedBy: [holeInHeads]))
            )
        }
    }
}

/// SQL literals for COPY, which takes no parameters.
enum SQLText {
    /// A quoted literal; a log's name holds no quote, and this holds even if it did.
    static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
    }
}
