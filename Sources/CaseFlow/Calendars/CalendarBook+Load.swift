import EventStore
import Foundation
import PostgresClient
import WorkingTime

extension CalendarBook {
    /// An event of a calendar's stream, and when it was recorded.
    typealias Recorded = (event: CalendarEvent, recordedAt: Timestamp)

    /// Takes in what a log's streams hold, by the calendars' codes.
    mutating func take(_ streams: [String: [Recorded]]) throws(CalendarMismatch) {
        let hasAdopted = streams.values.contains { events in
            events.contains { if case .adopted = $0.event.fact { true } else { false } }
        }
        // A log that has adopted something goes by that alone.
        if hasAdopted { legal = [:] }
        for (code, events) in streams { try take(code, events, hasAdopted: hasAdopted) }
        for (code, history) in shipped.histories where hasAdopted && service[code] == nil {
            let count = history.entries.count - (adoptions[code]?.last?.adoption.entries ?? 0)
            if count > 0 { outstanding[code] = count }
        }
        for (code, versions) in service { serviceStates[code] = states(code, versions) }
    }

    /// The states of a service calendar: one for each setting, and for each state of the legal calendar that it follows.
    func states(_ code: String, _ settings: [ServiceVersion]) -> [(
        knownSince: Timestamp, state: Result<ServiceState, any Error>
    )] {
        guard let first = settings.first?.knownSince else { return [] }
        let followed = Set(settings.compactMap(\.plan.follows)).flatMap { versions($0).map(\.knownSince) }
        let moments = Set(settings.map(\.knownSince) + followed.filter { $0 > first }).sorted()
        return moments.compactMap { moment in
            guard let index = settings.lastIndex(where: { $0.knownSince <= moment }) else { return nil }
            let state = Result {
                ServiceState(code: code, version: index + 1, hours: try hours(of: settings[...index], knownAt: moment))
            }
            return (moment, state)
        }
    }

    /// The hours that settings add up to.
    private func hours(of settings: ArraySlice<ServiceVersion>, knownAt moment: Timestamp) throws -> ServiceHours {
        let spans = settings.reduce(into: []) { spans, setting in
            spans = ServiceCalendar.Span.set(.init(from: setting.from, plan: setting.plan), in: spans)
        }
        var whole: ServiceHours?
        for span in spans {
            let calendar = try span.plan.follows.map { try self.calendar($0, knownAt: moment) }
            let hours = try span.plan.hours(following: calendar)
            whole = whole?.followed(by: hours, from: span.from ?? .first) ?? hours
        }
        return try whole ?? ServiceHours(weekly: [:])
    }

    private mutating func take(_ code: String, _ events: [Recorded], hasAdopted: Bool) throws(CalendarMismatch) {
        var state = LegalCalendar.initial
        var items: [Item] = []
        var taken = 0
        if !hasAdopted, let history = shipped.histories[code] { items = Self.items(history, in: zone) }
        for (event, recordedAt) in events {
            LegalCalendar.evolve(&state, event)
            switch event.fact {
            case .serviceHoursSet(let plan, let from):
                let version = ServiceVersion(plan: plan, from: from, knownSince: recordedAt, setBy: event.actor)
                service[code, default: []].append(version)
            case .adopted(let adoption):
                items += Self.items(
                    try shipped.history(code, of: adoption),
                    behind: taken,
                    through: adoption.entries,
                    in: zone,
                    adoptedAt: adoption.known == .recording ? recordedAt : nil
                )
                taken = max(taken, adoption.entries)
                let adopted = Adopted(adoption: adoption, recordedAt: recordedAt, actor: event.actor)
                adoptions[code, default: []].append(adopted)
            case .confirmed(let number) where state.entries.indices.contains(number - 1):
                let held = state.entries[number - 1]
                items.append(
                    Item(
                        knownSince: recordedAt,
                        noticeDate: held.entry.knownSince,
                        notice: held.entry.notice,
                        year: held.entry.year,
                        week: held.entry.year == nil ? nil : held.entry.week,
                        changes: held.entry.changes,
                        entry: number,
                        enteredBy: held.enteredBy,
                        confirmedBy: event.actor
                    )
                )
            default: break
            }
        }
        let waits = state.entries.filter(\.isWaiting)
        if !waits.isEmpty { waiting[code] = waits }
        if !items.isEmpty { legal[code] = Self.versions(code, items) }
    }

    /// The calendars of a log: what it has adopted of those that come with a program (this one, if none is given), and
    /// what it holds itself. Errors: `UnreadableEvent`, ``CalendarMismatch``, ``CalendarHistory/NotShipped``, those of
    /// reading a log.
    public static func load(_ log: EventLog, zone: TimeZone, shipped: ShippedCalendars? = nil) async throws
        -> CalendarBook
    {
        var book = try CalendarBook(zone: zone, shipped: shipped)
        try book.take(try await streams(of: log))
        return book
    }

    /// All events of the calendars of a log, by the calendars' codes.
    static func streams(of log: EventLog) async throws -> [String: [Recorded]] {
        var streams: [String: [Recorded]] = [:]
        for stream in try await log.streams(ofCategory: CalendarStream.category) {
            var events: [Recorded] = []
            for try await recorded in log.readStream(stream) {
                events.append((try CalendarEventCoding.decode(recorded), recorded.recordedAt))
            }
            streams[String(stream.rawValue.dropFirst(CalendarStream.category.utf8.count + 1))] = events
        }
        return streams
    }
}
