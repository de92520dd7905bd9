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
    private let calendars: CalendarBook
    /// The streams that could not be read to their end, each with the reason. Of units, officers and items what stands before
    /// the event in question is known; a calendar is not used at all.
    private let unreadable: [StreamName: String]
    /// Records what the law itself brings about.
    let desk: CaseDesk

    /// What could not be read, in words, by streams.
    var problems: [String] {
        unreadable.sorted { $0.key.rawValue < $1.key.rawValue }.map { stream, why in
            "\(stream) cannot be read, and what depends on it waits: \(why)"
        }
    }

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
        var reading = KnowledgeReading(log)
        let calendars = try await reading.calendars(zone: zone)
        let network = try await reading.network()
        let catalogue = try await reading.catalogue()
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
            unreadable: reading.unreadable,
            desk: desk
        )
    }

    /// A calendar as it was known at a moment. Errors: ``CalendarUnknown``, ``Unreadable``.
    func calendar(_ code: String, at moment: Timestamp) throws -> WorkCalendar {
        try check(StreamName(rawValue: "\(CalendarStream.category)/\(code)"))
        return try calendars.calendar(code, knownAt: moment)
    }

    /// Something that a card would rest on, and that cannot be read.
    struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    private func check(_ stream: StreamName?) throws {
        guard let stream, let why = unreadable[stream] else { return }
        throw Unreadable(description: "\(stream) cannot be read, and the card waits for it: \(why)")
    }

    /// Whether all units and officers that a card names, and those above them by which its addressee was found, could be read:
    /// a card is told to the wrong ones, or to nobody, but once. Errors: ``Unreadable``.
    func check(_ rung: Case.RaisedRung, on day: CivilDate) throws {
        if unreadable.isEmpty { return }
        func check(_ unit: UnitCode) throws {
            try self.check(StreamName(rawValue: "\(UnitEventCoding.category)/\(unit)"))
        }
        var next = UnitCode(rawValue: rung.holder.unit)
        var seen: Set<UnitCode> = []
        while let unit = next, seen.insert(unit).inserted {
            try check(unit)
            next = rung.addressee.kind == .holder ? nil : network.latest.unit(unit, on: day)?.parent
        }
        if let unit = UnitCode(rawValue: rung.addressee.unit) { try check(unit) }
        for officer in rung.named.sorted() {
            try self.check(StreamName(rawValue: "\(OfficerEventCoding.category)/\(officer)"))
        }
        // Nobody was found, and a unit that cannot be read may be where they are.
        let isOfNetwork = UnitCode(rawValue: rung.holder.unit).map { network.latest.units[$0] != nil } ?? false
        let units = unreadable.keys.filter { $0.category == UnitEventCoding.category }
        if isOfNetwork, rung.addressee.persons.isEmpty {
            try self.check(units.min { $0.rawValue < $1.rawValue })
        }
    }
}
