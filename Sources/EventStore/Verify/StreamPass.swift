import PostgresClient
import TransparencyLog

/// The log by stream: versions without a gap, each leaf the hash of its row on top of the leaf before, each head equal
/// to its last event.
struct StreamPass {
    /// Positions that the first pass has found strange already: what is wrong there is the hash, not the data.
    let strangers: Set<Int64>
    private(set) var streams: Int64 = 0
    private(set) var damage: LogDamage?
    /// A head that is not the last event of its stream. Says that something is wrong, and of what stream, but not
    /// where: the last event may be as it was written, and the one after it gone.
    private(set) var headDamage: LogDamage?
    private var read: Int64 = 0
    private var current: RecordedEvent?
    private var head: StreamHead?

    init(strangers: Set<Int64>) { self.strangers = strangers }

    mutating func run(_ transaction: PostgresTransaction, _ log: LogID, progress: (Int64) -> Void) async throws {
        let name = SQLText.literal(log.rawValue)
        // A leaf of another length, which the first pass reports, is replaced by something that fits nowhere.
        let columns = EventRow.columns.split(separator: ", ").map { column in
            column == "leaf" ? "CASE octet_length(e.leaf) WHEN 32 THEN e.leaf ELSE sha256(e.leaf) END" : "e.\(column)"
        }.joined(separator: ", ")
        let sql = """
            COPY (SELECT \(columns), s.version, s.head_leaf, s.recorded_at
                    FROM caseflow.events e
                    LEFT JOIN caseflow.streams s ON s.log_id = e.log_id AND s.stream = e.stream
                   WHERE e.log_id = \(name)
                   ORDER BY e.stream, e.version, e.position) TO STDOUT (FORMAT binary)
            """
        var pass = self
        try await transaction.copyOut(sql) { batch in
            while try batch.nextRow() {
                let event = try EventRow.decode(&batch)
                let version = try batch.field(as: Int64?.self)
                let leaf = try batch.field(as: PostgresBytes?.self).map { Digest($0.bytes) } ?? nil
                let recordedAt = try batch.field(as: Timestamp?.self)
                pass.take(event, version.map { StreamHead(version: $0, leaf: leaf, recordedAt: recordedAt) })
            }
            progress(pass.read)
        }
        pass.endStream()
        self = pass
    }

    private mutating func take(_ event: RecordedEvent, _ head: StreamHead?) {
        read += 1
        var previous: RecordedEvent? = current
        if current?.stream != event.stream {
            endStream()
            previous = nil
            streams += 1
        }
        let expected = (previous?.version ?? 0) + 1
        if event.version < expected {
            note(event, .duplicate, "version \(event.version) of the stream is there twice")
        } else if event.version > expected {
            // An event that is gone is found by its position, which lies before this one. Otherwise none is gone.
            note(
                event,
                .data,
                "version \(expected) of the stream does not stand before it: stream or version was changed"
            )
        } else if let previous, event.position < previous.position {
            note(event, .order, "version \(event.version) stands before version \(previous.version) in the log")
        }
        if !strangers.contains(event.position), event.recomputedLeaf(previous: previous?.leaf) != event.leaf {
            let what = "its fields do not give the hash that was written: something was changed"
            note(event, .data, what)
        }
        current = event
        self.head = head
    }

    private mutating func endStream() {
        guard let last = current else { return }
        let reason: String
        if let head {
            if head.version == last.version, head.leaf == last.leaf, head.recordedAt == last.recordedAt { return }
            reason = "the stream's head (version \(head.version)) is not its last event (version \(last.version))"
        } else {
            reason = "the stream's head is not there"
        }
        if let headDamage, headDamage.position <= last.position { return }
        headDamage = LogDamage(position: last.position, kind: .books, stream: last.stream.rawValue, reason: reason)
    }

    private mutating func note(_ event: RecordedEvent, _ kind: LogDamage.Kind, _ reason: String) {
        if let damage, damage.position <= event.position { return }
        damage = LogDamage(position: event.position, kind: kind, stream: event.stream.rawValue, reason: reason)
    }
}
