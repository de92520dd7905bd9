import PostgresClient
import TransparencyLog

/// The log by stream: versions without a gap, each leaf the hash of its row on top of the leaf before, each head equal
/// to its last event.
struct StreamPass {
    /// What stands before an event in its stream.
    private enum Previous {
        case nothing
        case event(RecordedEvent)
        /// A row that cannot be read: the damage is named there, and what follows it cannot be judged.
        case unreadable
    }

    /// Positions that the first pass has found strange already: what is wrong there is the hash, not the data.
    let strangers: Set<Int64>
    /// The leaves that stand there, with the first position of each.
    let strangeLeaves: [Digest: Int64]
    private(set) var streams: Int64 = 0
    private(set) var damage: LogDamage?
    /// A head that is not the last event of its stream. Says that something is wrong, and of what stream, but not
    /// where: the last event may be as it was written, and the one after it gone.
    private(set) var headDamage: LogDamage?
    private var read: Int64 = 0
    private var stream: StreamName?
    private var previous = Previous.nothing
    private var head: StreamHead?

    init(after first: PositionPass) {
        strangers = first.strangePositions
        strangeLeaves = first.strangeLeaves
    }

    mutating func run(_ transaction: PostgresTransaction, _ log: LogID, progress: (Int64) -> Void) async throws {
        let name = SQLText.literal(log.rawValue)
        let columns = EventRow.columns.split(separator: ", ").map { "e.\($0)" }.joined(separator: ", ")
        let sql = """
            COPY (SELECT s.version, s.head_leaf, s.recorded_at, \(columns)
                    FROM caseflow.events e
                    LEFT JOIN caseflow.streams s ON s.log_id = e.log_id AND s.stream = e.stream
                   WHERE e.log_id = \(name)
                   ORDER BY e.stream, e.version, e.position) TO STDOUT (FORMAT binary)
            """
        var pass = self
        try await transaction.copyOut(sql) { batch in
            while try batch.nextRow() {
                let version = try batch.field(as: Int64?.self)
                let leaf = try batch.field(as: PostgresBytes?.self).map { Digest($0.bytes) } ?? nil
                let recordedAt = try batch.field(as: Timestamp?.self)
                let head = version.map { StreamHead(version: $0, leaf: leaf, recordedAt: recordedAt) }
                do throws(UnreadableRow) {
                    pass.take(try EventRow.decode(&batch), head)
                } catch {
                    pass.take(error)
                }
            }
            progress(pass.read)
        }
        pass.endStream()
        self = pass
    }

    private mutating func take(_ event: RecordedEvent, _ head: StreamHead?) {
        enter(event.stream)
        if !strangeLeaves.isEmpty, let copy = strangeLeaves[event.leaf], copy != event.position {
            note(copy, .duplicate, event.stream, "here stands the event of position \(event.position) a second time")
        }
        guard event.version >= 1 else {
            // It stands before the stream's first event, whose chain does not begin with it.
            return note(event.position, .data, event.stream, "versions begin at 1: the version was changed")
        }
        self.head = head
        switch previous {
        case .nothing: judge(event, after: nil)
        case .event(let first) where first.version == event.version:
            // One of the two goes on the chain: the one that the journal knows, if it knows just one.
            let isFirstStrange = strangers.contains(first.position) && !strangers.contains(event.position)
            let (copy, kept) = isFirstStrange ? (first, event) : (event, first)
            previous = .event(kept)
            return note(
                copy.position,
                .duplicate,
                event.stream,
                "version \(event.version) of the stream is there twice"
            )
        case .event(let first): judge(event, after: first)
        case .unreadable: break
        }
        previous = .event(event)
    }

    private mutating func take(_ row: UnreadableRow) {
        enter(row.stream)
        if !strangers.contains(row.position) { note(row.position, .data, row.stream, "unreadable: \(row.reason)") }
        previous = .unreadable
    }

    private mutating func enter(_ stream: StreamName) {
        read += 1
        if self.stream != stream {
            endStream()
            self.stream = stream
            previous = .nothing
            streams += 1
        }
    }

    private mutating func judge(_ event: RecordedEvent, after previous: RecordedEvent?) {
        let before = previous?.version ?? 0
        if event.version - 1 > before {
            // An event that is gone is found by its position, which lies before this one. Otherwise none is gone.
            let what = "version \(before + 1) of the stream does not stand before it: stream or version was changed"
            note(event.position, .data, event.stream, what)
        } else if let previous, event.position < previous.position {
            let what = "version \(event.version) stands before version \(previous.version) in the log"
            note(event.position, .order, event.stream, what)
        }
        if !strangers.contains(event.position), event.recomputedLeaf(previous: previous?.leaf) != event.leaf {
            let what = "its fields do not give the hash that was written: something was changed"
            note(event.position, .data, event.stream, what)
        }
    }

    private mutating func endStream() {
        guard case .event(let last) = previous else { return }
        let reason: String
        if let head {
            let other = Self.differences(head, last)
            if other.isEmpty { return }
            reason = "the head of stream \(last.stream) (caseflow.streams) is not its last event: \(other)"
        } else {
            reason = "stream \(last.stream) ends with version \(last.version), its head (caseflow.streams) is not there"
        }
        let found = LogDamage(position: last.position, kind: .books, stream: last.stream.rawValue, reason: reason)
        headDamage = LogDamage.first([headDamage, found])
    }

    /// In which fields a head is not the last event, expected and found.
    private static func differences(_ head: StreamHead, _ last: RecordedEvent) -> String {
        var differences: [String] = []
        func compare<Value: Equatable>(_ field: String, _ expected: Value, _ found: Value?) {
            if expected == found { return }
            differences.append("\(field) \(expected) expected, \(found.map { "\($0)" } ?? "none") found")
        }
        compare("version", last.version, head.version)
        compare("leaf", last.leaf, head.leaf)
        compare("recorded time", last.recordedAt, head.recordedAt)
        return differences.joined(separator: "; ")
    }

    private mutating func note(_ position: Int64, _ kind: LogDamage.Kind, _ stream: StreamName, _ reason: String) {
        if let damage, damage.position < position { return }
        let found = LogDamage(position: position, kind: kind, stream: stream.rawValue, reason: reason)
        damage = LogDamage.first([damage, found])
    }
}
