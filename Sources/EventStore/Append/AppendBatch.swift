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

    /// The streams that the batch changes, each with the index of the last event that it adds.
    private var lastEvents: [StreamName: Int] = [:]
    private var requests: [UUID] = [], requestEvents: [Int32] = []
    private var streams: [String] = [], versions: [Int64] = [], types: [String] = []
    private var effective: [Timestamp] = [], recorded: [Timestamp] = [], actors: [String] = []
    private var data: [PostgresJSON] = [], metadata: [PostgresJSON] = [], leaves: [PostgresBytes] = []
    private var priorLeaves: [PostgresBytes?] = [], isLast: [Bool] = []

    init(entrance: Entrance) { self.entrance = entrance }

    /// Whether the batch changes a stream.
    func touches(_ stream: StreamName) -> Bool { lastEvents[stream] != nil }

    /// Streams that the batch changes.
    var touchedStreams: some Collection<StreamName> { lastEvents.keys }

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
                // The first event that the batch adds to a stream names the leaf before it; the others follow it here.
                if let before = lastEvents.updateValue(leaves.count, forKey: write.stream) {
                    isLast[before] = false
                    priorLeaves.append(nil)
                } else {
                    priorLeaves.append(head.leaf.map { PostgresBytes($0.bytes) })
                }
                isLast.append(true)
                head = StreamHead(version: head.version + 1, leaf: leaf, recordedAt: at)
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
                count += 1
            }
            after.append(head)
        }
        requestEvents.append(Int32(count))
        entries.append(Entry(ticket: ticket, events: count, heads: after))
    }

    private static let metadataStart = Array("{\"request\":\"".utf8)

    /// The statement; `parameters(for:)` has its parameters in order.
    static let sql = """
        SELECT head, status, duplicate_position, stale_stream, stale_version, stale_leaf, stale_recorded \
        FROM caseflow.append(\((1...16).map { "$\($0)" }.joined(separator: ", ")))
        """

    func parameters(for log: LogID) -> [any PostgresEncodable] {
        [
            log.rawValue, entrance == .imported, isCareful, requests, requestEvents, streams, versions, types,
            effective,
            recorded, actors, data, metadata, leaves, priorLeaves, isLast,
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
