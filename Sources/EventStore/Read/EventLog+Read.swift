import Foundation
import PostgresClient
import TransparencyLog

/// Which events of a log a reader or a subscription is given.
public enum EventFilter: Sendable, Hashable {
    /// All.
    case all
    /// Those of streams of a category, for example `case`.
    case category(String)

    var sql: String {
        switch self {
        case .all: ""
        case .category: " AND starts_with(stream, $4)"
        }
    }

    var parameters: [any PostgresEncodable] {
        switch self {
        case .all: []
        case .category(let name): ["\(name)/"]
        }
    }
}

extension EventLog {
    /// The most events that are fetched at a time.
    public static let pageSize = 1000

    /// The events of a stream, by version, from `version` on. Read in pages as the caller asks for them. Throws
    /// ``UnreadableRow`` at a row that is none.
    public func readStream(_ stream: StreamName, from version: Int64 = 1) -> EventPages {
        EventPages(start: version - 1) { [pool, id] after, limit in
            let rows = try await pool.query(
                EventRow.select + " WHERE log_id = $1 AND stream = $2 AND version > $3 ORDER BY version LIMIT $4",
                [id.rawValue, stream.rawValue, after, limit]
            )
            let stored = EventRow.all(rows)
            return (stored, stored.last.flatMap { try? $0.get().version })
        }
    }

    /// The streams of a category, by their names. From the index of streams: a category's events are found only by a look
    /// at every event of the log.
    public func streams(ofCategory category: String) async throws -> [StreamName] {
        // "0" is the character behind "/".
        let rows = try await pool.query(
            "SELECT stream FROM caseflow.streams WHERE log_id = $1 AND stream >= $2 AND stream < $3 ORDER BY stream",
            [id.rawValue, "\(category)/", "\(category)0"]
        )
        return try rows.map { StreamName(trusted: try $0.decode(0)) }
    }

    /// The events of the log, by position, after `position`, up to `last` (to the end, if nil). Throws
    /// ``UnreadableRow`` at a row that is none.
    public func read(after position: Int64 = 0, upTo last: Int64? = nil, _ filter: EventFilter = .all) -> EventPages {
        EventPages(start: position) { [self] after, limit in
            let stored = try await page(after: after, upTo: last ?? .max, limit: limit, filter)
            return (stored, stored.last?.position)
        }
    }

    func page(after: Int64, upTo end: Int64, limit: Int, _ filter: EventFilter) async throws -> [StoredEvent] {
        let rows = try await pool.query(
            EventRow.select
                + " WHERE log_id = $1 AND position > $2 AND position <= \(filter == .all ? "$4" : "$5")"
                + filter.sql + " ORDER BY position LIMIT $3",
            [id.rawValue, after, limit] + filter.parameters + [end]
        )
        return EventRow.all(rows)
    }

    /// The events that a request stored, by position; none if it never was.
    func stored(_ request: UUID) async throws -> [RecordedEvent] {
        let rows = try await pool.query(
            "SELECT first_position, events FROM caseflow.requests WHERE log_id = $1 AND request_id = $2",
            [id.rawValue, request]
        )
        guard let row = rows.first else { return [] }
        let first = try row.decode(0, as: Int64.self)
        let count = try row.decode(1, as: Int.self)
        return try await page(after: first - 1, upTo: first + Int64(count) - 1, limit: count, .all).map { try $0.get() }
    }

    /// The position of the last event, 0 for an empty log. Errors: `AppendError.noSuchLog`.
    public func head() async throws -> Int64 {
        let rows = try await pool.query("SELECT position FROM caseflow.logs WHERE log_id = $1", [id.rawValue])
        guard let row = rows.first else { throw AppendError.noSuchLog(id) }
        return try row.decode(0)
    }

    /// Where a stream stands; version 0 if it does not exist.
    public func head(of stream: StreamName) async throws -> StreamHead {
        let rows = try await pool.query(
            "SELECT version, head_leaf, recorded_at FROM caseflow.streams WHERE log_id = $1 AND stream = $2",
            [id.rawValue, stream.rawValue]
        )
        guard let row = rows.first else { return .none }
        return StreamHead(
            version: try row.decode(0),
            leaf: Digest(try row.decode(1, as: PostgresBytes.self).bytes),
            recordedAt: try row.decode(2)
        )
    }
}

/// Events that are fetched page by page as they are asked for: constant memory, and the reader sets the pace.
///
///     for try await event in log.readStream(stream) { … }
public struct EventPages: AsyncSequence, Sendable {
    /// One event.
    public typealias Element = RecordedEvent
    typealias Fetch = @Sendable (_ after: Int64, _ limit: Int) async throws -> ([StoredEvent], next: Int64?)

    let start: Int64
    let fetch: Fetch

    /// Starts reading.
    public func makeAsyncIterator() -> Iterator { Iterator(next: start, fetch: fetch) }

    /// Reads on.
    public struct Iterator: AsyncIteratorProtocol {
        private var page: [StoredEvent] = []
        private var index = 0
        private var next: Int64?
        private let fetch: Fetch

        init(next: Int64, fetch: @escaping Fetch) {
            self.next = next
            self.fetch = fetch
        }

        /// The next event; nil at the end.
        public mutating func next() async throws -> RecordedEvent? {
            if index == page.count {
                guard let from = next else { return nil }
                let (stored, further) = try await fetch(from, EventLog.pageSize)
                page = stored
                index = 0
                next = stored.count < EventLog.pageSize ? nil : further
                if stored.isEmpty { return nil }
            }
            defer { index += 1 }
            return try page[index].get()
        }
    }
}
