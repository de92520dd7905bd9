import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// What the worker knows beside the cases: network, calendars, catalogue and rule packs, as they stand in the log. Read again
/// when any of their streams has gone on.
struct EscalationKnowledge: Sendable {
    /// So many events there were of them.
    private let events: Int64
    let network: NetworkBook
    let calendars: CalendarBook
    private let catalogue: CatalogueBook
    /// What could not be read, in words: what was known of it before is used, or nothing.
    let problems: [String]
    /// Records what the law itself brings about.
    let desk: CaseDesk

    private static let categories = [
        UnitEventCoding.category, OfficerEventCoding.category, CalendarStream.category, "catalogue",
    ]

    /// What is known now; `before` where nothing has been recorded since.
    static func load(_ log: EventLog, zone: TimeZone, packs: String?, since before: EscalationKnowledge?) async throws
        -> EscalationKnowledge
    {
        let rows = try await log.pool.query(
            """
            SELECT coalesce(sum(s.version), 0)::bigint FROM unnest($2::text[]) AS u(category)
             CROSS JOIN LATERAL (SELECT s.version FROM caseflow.streams s
                                  WHERE s.log_id = $1 AND s.stream >= u.category || '/' AND s.stream < u.category || '0'
                                 OFFSET 0) s
            """,
            [log.id.rawValue, categories]
        )
        let events: Int64 = try rows.first?.decode(0) ?? 0
        if let before, before.events == events { return before }
        var problems: [String] = []
        /// One unit or one item that cannot be read does not keep rungs from being raised.
        func known<Book>(_ what: String, or instead: Book?, _ load: () async throws -> Book) async throws -> Book {
            do {
                return try await load()
            } catch let error as PostgresError {
                throw error
            } catch {
                guard let instead else { throw error }
                problems.append("\(what) cannot be read, and what was known of it before is used: \(error)")
                return instead
            }
        }
        let calendars = try await known("a calendar", or: before?.calendars) {
            try await CalendarBook.load(log, zone: zone)
        }
        let network = try await known("the network", or: before?.network ?? NetworkBook()) {
            try await NetworkBook.load(log)
        }
        let catalogue = try await known("the catalogue", or: before?.catalogue ?? CatalogueBook()) {
            try await CatalogueBook.load(log)
        }
        let desk = CaseDesk(
            log,
            zone: zone,
            packs: packs,
            calendars: calendars,
            catalogue: catalogue,
            network: network,
            cachedStates: 1000
        )
        return EscalationKnowledge(
            events: events,
            network: network,
            calendars: calendars,
            catalogue: catalogue,
            problems: problems,
            desk: desk
        )
    }
}
