import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// Reads what the worker knows beside the cases, stream by stream: one that cannot be read is taken down, and keeps no other
/// from being read.
struct KnowledgeReading {
    private let log: EventLog
    /// The streams that could not be read to their end, each with the reason.
    private(set) var unreadable: [StreamName: String] = [:]

    init(_ log: EventLog) { self.log = log }

    /// Hands over the events of a stream up to the first that cannot be read. Errors: the database's.
    private mutating func read(_ stream: StreamName, _ take: (RecordedEvent) throws -> Void) async throws {
        do {
            for try await recorded in log.readStream(stream) { try take(recorded) }
        } catch let error where error is PostgresError || error is CancellationError {
            throw error
        } catch {
            unreadable[stream] = "\(error)"
        }
    }

    private static func code(_ stream: StreamName, _ category: String) -> String {
        String(stream.rawValue.dropFirst(category.utf8.count + 1))
    }

    mutating func network() async throws -> NetworkBook {
        var book = NetworkBook()
        for stream in try await log.streams(ofCategory: UnitEventCoding.category) {
            let unit = UnitCode(trusted: Self.code(stream, UnitEventCoding.category))
            try await read(stream) { recorded in
                book.take(try UnitEventCoding.decode(recorded), of: unit, recordedAt: recorded.recordedAt)
            }
        }
        for stream in try await log.streams(ofCategory: OfficerEventCoding.category) {
            let officer = OfficerID(trusted: Self.code(stream, OfficerEventCoding.category))
            try await read(stream) { recorded in
                book.take(try OfficerEventCoding.decode(recorded), of: officer, recordedAt: recorded.recordedAt)
            }
        }
        return book
    }

    mutating func catalogue() async throws -> CatalogueBook {
        var book = CatalogueBook()
        for stream in try await log.streams(ofCategory: ItemEventCoding.category) {
            let code = ItemCode(trusted: Self.code(stream, ItemEventCoding.category))
            try await read(stream) { recorded in
                book.take(try ItemEventCoding.decode(recorded), of: code, recordedAt: recorded.recordedAt)
            }
        }
        return book
    }

    /// The calendars that can be read to their end, and fit to what the program ships; of the others none at all, since a part of
    /// a calendar gives wrong days. Errors: the database's, and those of the program's own calendars.
    mutating func calendars(zone: TimeZone) async throws -> CalendarBook {
        var streams: [String: [CalendarBook.Recorded]] = [:]
        for stream in try await log.streams(ofCategory: CalendarStream.category) {
            var events: [CalendarBook.Recorded] = []
            try await read(stream) { recorded in
                events.append((try CalendarEventCoding.decode(recorded), recorded.recordedAt))
            }
            if unreadable[stream] == nil { streams[Self.code(stream, CalendarStream.category)] = events }
        }
        for (code, events) in streams {
            var book = try CalendarBook(zone: zone)
            do throws(CalendarMismatch) { try book.take([code: events]) } catch {
                streams[code] = nil
                unreadable[StreamName(trusted: "\(CalendarStream.category)/\(code)")] = "\(error)"
            }
        }
        var book = try CalendarBook(zone: zone)
        try book.take(streams)
        for stream in unreadable.keys where stream.category == CalendarStream.category {
            book.legal[Self.code(stream, CalendarStream.category)] = nil
        }
        return book
    }
}
