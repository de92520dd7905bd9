import PostgresClient
import TransparencyLog

/// The log by position: numbers without a gap up to the head, each leaf the one that the journal of batches has for
/// its position.
struct PositionPass {
    /// Where the head row says the log ends.
    let head: Int64
    private(set) var events: Int64 = 0
    /// Positions whose leaf is not the journal's, with both; the first of them, as many as are needed to tell a swap.
    private var strangers: [(position: Int64, stored: Digest, written: Digest)] = []
    /// Positions whose leaf is no hash at all (nil) or is not in the journal, likewise.
    private var unknown: [Int64: Digest?] = [:]
    private var first: LogDamage?
    private var expected: Int64 = 1
    private let remembered = 4096
    /// No log comes so far. A book that claims to goes no further in sums, which would overflow.
    static let furthest: Int64 = 1 << 62

    init(head: Int64) { self.head = head }

    /// Positions whose leaf is not the one that was written there.
    var strangePositions: Set<Int64> { Set(strangers.map(\.position)).union(unknown.keys) }

    /// The leaves at those positions; of each the first position.
    var strangeLeaves: [Digest: Int64] {
        let found =
            strangers.map { ($0.stored, $0.position) } + unknown.compactMap { key, leaf in leaf.map { ($0, key) } }
        return Dictionary(found) { min($0, $1) }
    }

    mutating func run(_ transaction: PostgresTransaction, _ log: LogID, progress: (Int64) -> Void) async throws {
        let name = SQLText.literal(log.rawValue)
        let sql = """
            COPY (SELECT e.position, j.position, e.stream, e.leaf, j.leaf
                    FROM (SELECT position, stream, leaf FROM caseflow.events
                           WHERE log_id = \(name) AND position IS NOT NULL) e
                    FULL JOIN (SELECT b.first_position + i AS position, substr(b.leaves, i * 32 + 1, 32) AS leaf
                                 FROM (SELECT first_position, leaves,
                                              max(first_position + octet_length(leaves) / 32) OVER (
                                                  ORDER BY first_position
                                                  ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS covered
                                         FROM caseflow.batches
                                        WHERE log_id = \(name) AND first_position BETWEEN 1 AND \(Self.furthest)) b
                                CROSS JOIN generate_series(0, octet_length(b.leaves) / 32 - 1) i
                                WHERE b.first_position + i >= coalesce(b.covered, 1)) j
                      ON e.position = j.position
                   ORDER BY coalesce(e.position, j.position)) TO STDOUT (FORMAT binary)
            """
        var pass = self
        try await transaction.copyOut(sql) { batch in
            while try batch.nextRow() {
                let stored = try batch.field(as: Int64?.self)
                let written = try batch.field(as: Int64?.self)
                let stream = try batch.field(as: String?.self)
                let storedLeaf = try batch.field(as: PostgresBytes?.self).map { Digest($0.bytes) } ?? nil
                let writtenLeaf = try batch.field(as: PostgresBytes?.self).map { Digest($0.bytes) } ?? nil
                pass.take(stored, written, stream, storedLeaf, writtenLeaf)
            }
            progress(pass.events)
        }
        self = pass
        if expected <= head {
            note(expected, .missing, nil, "the head says that the log ends at \(head), events end at \(expected - 1)")
        }
    }

    private mutating func take(
        _ stored: Int64?,
        _ written: Int64?,
        _ stream: String?,
        _ leaf: Digest?,
        _ journal: Digest?
    ) {
        guard let stored else {
            let position = written ?? expected
            note(position, .missing, nil, "the event that was written to position \(position) is not there")
            advance(past: position)
            return
        }
        events += 1
        if stored >= 1, stored < expected { note(stored, .duplicate, stream, "position \(stored) is there twice") }
        if stored > expected { note(expected, .missing, nil, "position \(expected) is not there") }
        advance(past: stored)
        if stored > head, written != nil {
            note(stored, .books, stream, "the head says that the log ends at \(head), the journal of batches goes on")
        } else if stored > head {
            note(stored, .duplicate, stream, "the log ends at \(head); no append wrote an event after it")
        }
        guard written != nil else {
            if unknown.count < remembered { unknown[stored] = .some(leaf) }
            note(stored, .foreignHash, stream, "no append wrote this event: the journal of batches does not know it")
            return
        }
        guard let leaf, let journal else {
            if unknown.count < remembered { unknown[stored] = .some(leaf) }
            note(stored, .foreignHash, stream, "its hash is not 32 bytes")
            return
        }
        if leaf != journal, strangers.count < remembered { strangers.append((stored, leaf, journal)) }
    }

    /// What comes next, also after the largest number there is, which somebody may have put in.
    private mutating func advance(past position: Int64) {
        expected = max(expected, position == .max ? .max : position + 1)
    }

    private mutating func note(_ position: Int64, _ kind: LogDamage.Kind, _ stream: String?, _ reason: String) {
        if let first, first.position < position { return }
        first = LogDamage.first([first, LogDamage(position: position, kind: kind, stream: stream, reason: reason)])
    }

    /// The first damage that this pass found. A leaf that was written to another position is out of order; one that
    /// was written nowhere is foreign.
    var damage: LogDamage? {
        guard let stranger = strangers.first, stranger.position < first?.position ?? .max else { return first }
        if let home = strangers.first(where: { $0.written == stranger.stored }) {
            return LogDamage(
                position: stranger.position,
                kind: .order,
                stream: nil,
                reason: "here stands the event that was written to position \(home.position)"
            )
        }
        return LogDamage(
            position: stranger.position,
            kind: .foreignHash,
            stream: nil,
            reason: "its hash is \(stranger.stored), written was \(stranger.written)"
        )
    }
}
