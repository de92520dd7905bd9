import TransparencyLog

/// An event that is to be stored.
public struct NewEvent: Sendable {
    /// Its type, with version.
    public var type: EventType
    /// When it happened, as the one who reports it claims.
    public var effectiveAt: Timestamp
    /// Who records it.
    public var actor: Actor
    /// UTF-8 JSON. Exactly these bytes are hashed and kept.
    public var data: [UInt8]
    /// Further members of the metadata object as JSON text without braces, for example `"source":"a.xes"`; usually
    /// empty. The store puts the request's id in front.
    public var metadata: [UInt8]

    /// An event.
    public init(type: EventType, effectiveAt: Timestamp, actor: Actor, data: [UInt8], metadata: [UInt8] = []) {
        self.type = type
        self.effectiveAt = effectiveAt
        self.actor = actor
        self.data = data
        self.metadata = metadata
    }
}

/// An event of the log.
public struct RecordedEvent: Sendable, Hashable {
    /// Its place in the log, from 1, without gaps, in the order of commits. RFC 6962 leaf index plus one.
    public var position: Int64
    /// Its stream.
    public var stream: StreamName
    /// Its place in the stream, from 1, without gaps.
    public var version: Int64
    /// Its type, with version.
    public var type: EventType
    /// When it happened, as claimed.
    public var effectiveAt: Timestamp
    /// When it was recorded, set by the daemon and checked by the database.
    public var recordedAt: Timestamp
    /// Who recorded it.
    public var actor: Actor
    /// JSON text, byte for byte as hashed.
    public var data: [UInt8]
    /// JSON text, byte for byte as hashed; its first member is the request's id.
    public var metadata: [UInt8]
    /// Its hash: link of the stream's chain and leaf of the log.
    public var leaf: Digest
}

/// Where a stream stands.
public struct StreamHead: Sendable, Hashable {
    /// Version of the last event; 0 for a stream that does not exist.
    public var version: Int64
    /// Leaf of the last event; nil for a stream that does not exist.
    public var leaf: Digest?
    /// When the last event was recorded.
    public var recordedAt: Timestamp?

    /// A head.
    public init(version: Int64, leaf: Digest?, recordedAt: Timestamp?) {
        self.version = version
        self.leaf = leaf
        self.recordedAt = recordedAt
    }

    /// The head of a stream that does not exist.
    public static let none = StreamHead(version: 0, leaf: nil, recordedAt: nil)
}

/// The text that is hashed for an event. `schema/functions/event_entry.sql` is the same in SQL.
public struct EventEntry {
    /// The leaf of an event: SHA-256(0x00 || entry) (RFC 6962, section 2.1). The entry is ten lines, each ended by a
    /// newline: `caseflow-event/v1`, stream, version, type, effective time, recorded time, actor, base64 of the
    /// stream's previous leaf (empty for its first event), base64 SHA-256 of the data, base64 SHA-256 of the metadata.
    public static func leaf(
        stream: StreamName,
        version: Int64,
        type: EventType,
        effectiveAt: Timestamp,
        recordedAt: Timestamp,
        actor: Actor,
        previous: Digest?,
        data: [UInt8],
        metadata: [UInt8]
    ) -> Digest {
        let newline = UInt8(ascii: "\n")
        var entry: [UInt8] = [0]
        entry.reserveCapacity(400)
        entry.append(contentsOf: Self.header)
        for text in [stream.rawValue, String(version), type.rawValue] {
            entry.append(contentsOf: text.utf8)
            entry.append(newline)
        }
        effectiveAt.append(to: &entry)
        entry.append(newline)
        recordedAt.append(to: &entry)
        entry.append(newline)
        entry.append(contentsOf: actor.rawValue.utf8)
        entry.append(newline)
        previous?.appendBase64(to: &entry)
        entry.append(newline)
        Digest.sha256(data).appendBase64(to: &entry)
        entry.append(newline)
        Digest.sha256(metadata).appendBase64(to: &entry)
        entry.append(newline)
        return .leaf(prefixedEntry: entry)
    }

    private static let header = Array("caseflow-event/v1\n".utf8)
}

extension RecordedEvent {
    /// The leaf in base64 (RFC 4648, section 4), 44 characters: the form in which people and proofs name it.
    public var leafText: String { leaf.base64 }

    /// The leaf that the event's fields give on top of `previous`; equal to `leaf` unless something was changed.
    public func recomputedLeaf(previous: Digest?) -> Digest {
        EventEntry.leaf(
            stream: stream,
            version: version,
            type: type,
            effectiveAt: effectiveAt,
            recordedAt: recordedAt,
            actor: actor,
            previous: previous,
            data: data,
            metadata: metadata
        )
    }
}
