import PostgresClient
import TransparencyLog

/// How an event is read from its row, in a query and in a COPY.
enum EventRow {
    static let columns =
        "position, stream, version, type, effective_at, recorded_at, actor, data, metadata, leaf"
    static let select = "SELECT \(columns) FROM caseflow.events"

    static func decode(_ row: PostgresRow) throws(PostgresError) -> RecordedEvent {
        RecordedEvent(
            position: try row.decode(0),
            stream: StreamName(trusted: try row.decode(1)),
            version: try row.decode(2),
            type: EventType(trusted: try row.decode(3)),
            effectiveAt: try row.decode(4),
            recordedAt: try row.decode(5),
            actor: Actor(trusted: try row.decode(6)),
            data: try row.decode(7, as: PostgresJSON.self).bytes,
            metadata: try row.decode(8, as: PostgresJSON.self).bytes,
            leaf: try digest(row.decode(9, as: PostgresBytes.self))
        )
    }

    static func decode(_ batch: inout CopyBatch) throws(PostgresError) -> RecordedEvent {
        RecordedEvent(
            position: try batch.field(),
            stream: StreamName(trusted: try batch.field()),
            version: try batch.field(),
            type: EventType(trusted: try batch.field()),
            effectiveAt: try batch.field(),
            recordedAt: try batch.field(),
            actor: Actor(trusted: try batch.field()),
            data: try batch.field(as: PostgresJSON.self).bytes,
            metadata: try batch.field(as: PostgresJSON.self).bytes,
            leaf: try digest(batch.field(as: PostgresBytes.self))
        )
    }

    private static func digest(_ bytes: PostgresBytes) throws(PostgresError) -> Digest {
        guard let digest = Digest(bytes.bytes) else {
            throw PostgresError(.decoding, "a leaf has \(bytes.bytes.count) bytes instead of 32")
        }
        return digest
    }
}
