import PostgresClient
import TransparencyLog

/// A stored row that cannot be read as an event: no append writes such a row, so somebody has changed it.
///
/// It concerns its stream alone; what reads on is to set the stream aside, as for a ``PoisonEvent``.
public struct UnreadableRow: Error, Sendable, Hashable, CustomStringConvertible {
    /// The row's position; 0 where not even that can be read.
    public let position: Int64
    /// The row's stream; empty where not even that can be read.
    public let stream: StreamName
    /// Which rule the row breaks; without data.
    public let reason: String

    /// Position and reason.
    public var description: String {
        "the row at position \(position) cannot be read as an event (\(reason)): run `caseflowd log verify`"
    }
}

/// A row of the log: the event, or that it is none.
typealias StoredEvent = Result<RecordedEvent, UnreadableRow>

extension StoredEvent {
    /// The row's position.
    var position: Int64 {
        switch self {
        case .success(let event): event.position
        case .failure(let row): row.position
        }
    }
}

/// How an event is read from its row, in a query and in a COPY.
enum EventRow {
    static let columns =
        "position, stream, version, type, effective_at, recorded_at, actor, data, metadata, leaf"
    /// How many columns these are.
    static let count = 10
    static let select = "SELECT \(columns) FROM caseflow.events"

    /// The event of a row. A version or a time that no append stores makes it none, as what cannot be decoded does.
    static func decode(_ row: PostgresRow) throws(UnreadableRow) -> RecordedEvent {
        var fields = RowFields(row: row)
        let event = try event(&fields)
        func refuse(_ reason: String) -> UnreadableRow {
            UnreadableRow(position: event.position, stream: event.stream, reason: reason)
        }
        if event.version < 1 { throw refuse("its version is \(event.version), and versions begin at 1") }
        if !event.effectiveAt.isStorable { throw refuse("its effective time lies outside the years 1 to 9999") }
        if !event.recordedAt.isStorable { throw refuse("its recorded time lies outside the years 1 to 9999") }
        return event
    }

    /// The fields that follow in the batch's row, whatever they hold, for a verification, which can say more of them.
    /// Where it throws, the rest of the row is not read.
    static func decode(_ batch: inout CopyBatch) throws(UnreadableRow) -> RecordedEvent { try event(&batch) }

    /// Every row, whether it can be read or not.
    static func all(_ rows: PostgresResult) -> [StoredEvent] {
        rows.map { row in
            do throws(UnreadableRow) { return .success(try decode(row)) } catch { return .failure(error) }
        }
    }

    private static func event(_ fields: inout some EventFields) throws(UnreadableRow) -> RecordedEvent {
        // Whatever else is wrong: whose row it is should be known.
        let position = try? fields.next(Int64?.self)
        let stream = (try? fields.next(String?.self)).map { StreamName(trusted: $0) }
        do throws(PostgresError) {
            guard let position, let stream else {
                throw PostgresError(.decoding, "it has no position or no stream")
            }
            _ = try line(stream.rawValue)
            return RecordedEvent(
                position: position,
                stream: stream,
                version: try fields.next(),
                type: EventType(trusted: try line(fields.next())),
                effectiveAt: try fields.next(),
                recordedAt: try fields.next(),
                actor: Actor(trusted: try line(fields.next())),
                data: try fields.next(PostgresJSON.self).bytes,
                metadata: try fields.next(PostgresJSON.self).bytes,
                leaf: try digest(fields.next())
            )
        } catch {
            throw UnreadableRow(
                position: position ?? 0,
                stream: stream ?? StreamName(trusted: ""),
                reason: error.summary
            )
        }
    }

    /// A text that is one line of the hashed entry: with a line break in it, two different events could have one hash.
    private static func line(_ text: String) throws(PostgresError) -> String {
        if text.utf8.contains(0x0a) {
            throw PostgresError(.decoding, "a line break stands in its stream, type or actor")
        }
        return text
    }

    private static func digest(_ bytes: PostgresBytes) throws(PostgresError) -> Digest {
        guard let digest = Digest(bytes.bytes) else {
            throw PostgresError(.decoding, "a leaf has \(bytes.bytes.count) bytes instead of 32")
        }
        return digest
    }
}

/// The columns of a row, one after the other.
private protocol EventFields {
    mutating func next<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> Value
}

extension EventFields {
    mutating func next<Value: PostgresDecodable>() throws(PostgresError) -> Value { try next(Value.self) }
}

private struct RowFields: EventFields {
    let row: PostgresRow
    var column = 0

    mutating func next<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> Value {
        defer { column += 1 }
        return try row.decode(column)
    }
}

extension CopyBatch: EventFields {
    fileprivate mutating func next<Value: PostgresDecodable>(_ type: Value.Type) throws(PostgresError) -> Value {
        try field()
    }
}
