import Foundation
import PostgresClient
import TransparencyLog

/// One request that waits or is on its way, and the task that waits for it.
final class AppendTicket {
    let request: AppendRequest
    let entrance: Entrance
    let deadline: ContinuousClock.Instant
    let continuation: CheckedContinuation<AppendResult, any Error>
    /// How often another writer was faster.
    var tries = 0
    /// Whether it was ever sent: then its outcome may be unknown when the session breaks.
    var sent = false
    /// Sent in a batch that looks before it stores, because one with it met a key that was there already.
    var careful = false
    /// Sent in a batch of its own, because a batch with it was refused as a whole.
    var alone = false
    /// Streams whose head was looked up for this request: a conflict found on such a head is final.
    var fresh: Set<StreamName> = []

    init(
        _ request: AppendRequest,
        _ entrance: Entrance,
        deadline: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<AppendResult, any Error>
    ) {
        self.request = request
        self.entrance = entrance
        self.deadline = deadline
        self.continuation = continuation
    }
}

/// The requests of one call of the append function, their events hashed, in the shape of its parameters.
struct AppendBatch {
    /// What the batch does to one stream.
    private struct Touch {
        let isNew: Bool
        let index: Int
    }

    /// What a request will have brought about if it is accepted.
    struct Entry {
        let ticket: AppendTicket
        let events: Int
        let heads: [StreamHead]
    }

    private(set) var entries: [Entry] = []
    /// Whether the database is to look for repeated requests and existing streams before it stores.
    private(set) var isCareful = false
    let entrance: Entrance
    private(set) var bytes = 0
    /// When its events were stamped.
    let built = ContinuousClock.now
    var eventCount: Int { leaves.count }

    private var touches: [StreamName: Touch] = [:]
    private var newStreams: [String] = [], newVersions: [Int64] = []
    private var newLeaves: [PostgresBytes] = [], newRecorded: [Timestamp] = []
    private var oldStreams: [String] = [], oldPriors: [Int64] = []
    private var oldPriorLeaves: [PostgresBytes] = [], oldFirstRecorded: [Timestamp] = []
    private var oldVersions: [Int64] = [], oldLeaves: [PostgresBytes] = [], oldRecorded: [Timestamp] = []
    private var requests: [UUID] = [], requestEvents: [Int32] = []
    private var eventRequests: [Int32] = []
    private var streams: [String] = [], versions: [Int64] = [], types: [String] = []
    private var effective: [Timestamp] = [], recorded: [Timestamp] = [], actors: [String] = []
    private var data: [PostgresJSON] = [], metadata: [PostgresJSON] = [], leaves: [PostgresBytes] = []

    init(entrance: Entrance) { self.entrance = entrance }

    /// Whether the batch changes a stream.
    func touches(_ stream: StreamName) -> Bool { touches[stream] != nil }

    /// Streams that the batch changes.
    var touchedStreams: some Collection<StreamName> { touches.keys }

    /// Adds a request on top of the heads given, one for each of its writes, and returns the heads after it.
    mutating func add(_ ticket: AppendTicket, on heads: [StreamHead], now: Timestamp) {
        let request = ticket.request
        let id = request.id
        isCareful = isCareful || ticket.careful
        requests.append(id)
        var metadataStart = Self.metadataStart
        id.appendText(to: &metadataStart)
        metadataStart.append(UInt8(ascii: "\""))
        var after: [StreamHead] = []
        var count = 0
        for (write, head) in zip(request.writes, heads) {
            var head = head
            let before = head
            for event in write.events {
                var wrapped = metadataStart
                if !event.metadata.isEmpty {
                    wrapped.append(UInt8(ascii: ","))
                    wrapped.append(contentsOf: event.metadata)
                }
                wrapped.append(UInt8(ascii: "}"))
                let at = head.recordedAt.map { max(now, $0.advanced(byMicroseconds: 1)) } ?? now
                let leaf = EventEntry.leaf(
                    stream: write.stream,
                    version: head.version + 1,
                    type: event.type,
                    effectiveAt: event.effectiveAt,
                    recordedAt: at,
                    actor: event.actor,
                    previous: head.leaf,
                    data: event.data,
                    metadata: wrapped
                )
                head = StreamHead(version: head.version + 1, leaf: leaf, recordedAt: at)
                eventRequests.append(Int32(requests.count))
                streams.append(write.stream.rawValue)
                versions.append(head.version)
                types.append(event.type.rawValue)
                effective.append(event.effectiveAt)
                recorded.append(at)
                actors.append(event.actor.rawValue)
                data.append(PostgresJSON(event.data))
                metadata.append(PostgresJSON(wrapped))
                leaves.append(PostgresBytes(leaf.bytes))
                bytes += event.data.count + wrapped.count
                if head.version == before.version + 1 {
                    touch(write.stream, before: before, firstRecorded: at)
                }
                count += 1
            }
            finish(write.stream, at: head)
            after.append(head)
        }
        requestEvents.append(Int32(count))
        entries.append(Entry(ticket: ticket, events: count, heads: after))
    }

    private mutating func touch(_ stream: StreamName, before: StreamHead, firstRecorded: Timestamp) {
        if touches[stream] != nil { return }
        if before.version == 0 {
            touches[stream] = Touch(isNew: true, index: newStreams.count)
            newStreams.append(stream.rawValue)
            newVersions.append(0)
            newLeaves.append(PostgresBytes([]))
            newRecorded.append(firstRecorded)
        } else {
            touches[stream] = Touch(isNew: false, index: oldStreams.count)
            oldStreams.append(stream.rawValue)
            oldPriors.append(before.version)
            oldPriorLeaves.append(PostgresBytes(before.leaf?.bytes ?? []))
            oldFirstRecorded.append(firstRecorded)
            oldVersions.append(0)
            oldLeaves.append(PostgresBytes([]))
            oldRecorded.append(firstRecorded)
        }
    }

    private mutating func finish(_ stream: StreamName, at head: StreamHead) {
        guard let touch = touches[stream], let leaf = head.leaf, let recordedAt = head.recordedAt else { return }
        if touch.isNew {
            newVersions[touch.index] = head.version
            newLeaves[touch.index] = PostgresBytes(leaf.bytes)
            newRecorded[touch.index] = recordedAt
        } else {
            oldVersions[touch.index] = head.version
            oldLeaves[touch.index] = PostgresBytes(leaf.bytes)
            oldRecorded[touch.index] = recordedAt
        }
    }

    /// The statement; `parameters(for:)` has its parameters in order.
    var sql: String { entrance == .live ? Self.append : Self.appendImport }

    private static let metadataStart = Array("{\"request\":\"".utf8)
    private static let append = call("append")
    private static let appendImport = call("append_import")

    private static func call(_ function: String) -> String {
        let parameters = (1...25).map { "$\($0)" }.joined(separator: ", ")
        return """
            SELECT head, status, duplicate_position, stale_stream, stale_version, stale_leaf, stale_recorded \
            FROM caseflow.\(function)(\(parameters))
            """
    }

    func parameters(for log: LogID) -> [any PostgresEncodable] {
        [
            log.rawValue, isCareful, requests, requestEvents,
            newStreams, newVersions, newLeaves, newRecorded,
            oldStreams, oldPriors, oldPriorLeaves, oldFirstRecorded, oldVersions, oldLeaves, oldRecorded,
            eventRequests,
            streams, versions, types, effective, recorded, actors, data, metadata, leaves,
        ]
    }
}

/// What the append function answered.
struct AppendOutcome {
    enum Status: Int32 {
        case accepted = 0
        case duplicate = 1
        case refused = 2
    }

    let head: Int64
    /// One for each request; nil when all were accepted.
    let status: [Status]?
    let duplicatePositions: [Int64?]
    /// Where the streams stand that did not fit.
    let stale: [(StreamName, StreamHead)]

    init(_ result: PostgresResult) throws {
        guard let row = result.first else { throw PostgresError(.decoding, "the append function returned no row") }
        head = try row.decode(0)
        guard let codes = try row.decode(1, as: [Int32]?.self) else {
            (status, duplicatePositions, stale) = (nil, [], [])
            return
        }
        status = codes.map { Status(rawValue: $0) ?? .refused }
        duplicatePositions = try row.decode(2, as: [Int64?]?.self) ?? []
        let streams = try row.decode(3, as: [String]?.self) ?? []
        let versions = try row.decode(4, as: [Int64]?.self) ?? []
        let leaves = try row.decode(5, as: [PostgresBytes]?.self) ?? []
        let recorded = try row.decode(6, as: [Timestamp?]?.self) ?? []
        stale = streams.indices.map { index in
            let head = StreamHead(
                version: versions[index],
                leaf: Digest(leaves[index].bytes),
                recordedAt: recorded[index]
            )
            return (StreamName(trusted: streams[index]), head)
        }
    }
}
