import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// What the worker knows beside the cases: network, calendars, catalogue and rule packs, as they stand in the log. Read again
/// when any of their streams has gone on.
struct EscalationKnowledge: Sendable {
    /// So many events there were of them.
    private let events: Int64
    let network: Network
    let calendars: CalendarBook
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
        let calendars = try await CalendarBook.load(log, zone: zone)
        let network = try await NetworkBook.load(log)
        let desk = CaseDesk(
            log,
            zone: zone,
            packs: packs,
            calendars: calendars,
            catalogue: try await CatalogueBook.load(log),
            network: network,
            cachedStates: 1000
        )
        return EscalationKnowledge(events: events, network: network.latest, calendars: calendars, desk: desk)
    }
}
