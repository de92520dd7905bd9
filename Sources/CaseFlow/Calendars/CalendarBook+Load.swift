import EventStore
import Foundation
import PostgresClient
import WorkingTime

extension CalendarBook {
    /// Takes in what a log's streams hold, by the calendars' codes.
    mutating func take(_ streams: [String: [(event: CalendarEvent, recordedAt: Timestamp)]]) {
        for (code, events) in streams { take(code, events) }
        for (code, versions) in service { serviceStates[code] = states(code, versions) }
    }

    /// The states of a service calendar: one for each setting, and for each state of the legal calendar that it follows.
    private func states(_ code: String, _ settings: [ServiceVersion]) -> [(
        knownSince: Timestamp, state: Result<ServiceState, any Error>
    )] {
        guard let first = settings.first?.knownSince else { return [] }
        let followed = Set(settings.compactMap(\.plan.follows)).flatMap { versions($0).map(\.knownSince) }
        let moments = Set(settings.map(\.knownSince) + followed.filter { $0 > first }).sorted()
        return moments.compactMap { moment in
            guard let index = settings.lastIndex(where: { $0.knownSince <= moment }) else { return nil }
            let plan = settings[index].plan
            let state = Result {
                let calendar = try plan.follows.map { try self.calendar($0, knownAt: moment) }
                return ServiceState(code: code, version: index + 1, hours: try plan.hours(following: calendar))
            }
            return (moment, state)
        }
    }

    private mutating func take(_ code: String, _ events: [(event: CalendarEvent, recordedAt: Timestamp)]) {
        var state = LegalCalendar.initial
        var items: [Item] = []
        for (event, recordedAt) in events {
            LegalCalendar.evolve(&state, event)
            switch event.fact {
            case .serviceHoursSet(let plan):
                let version = ServiceVersion(plan: plan, knownSince: recordedAt, setBy: event.actor)
                service[code, default: []].append(version)
            case .confirmed(let number) where state.entries.indices.contains(number - 1):
                let held = state.entries[number - 1]
                items.append(
                    Item(
                        knownSince: recordedAt,
                        noticeDate: held.entry.knownSince,
                        notice: held.entry.notice,
                        year: held.entry.year,
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
        if items.isEmpty { return }
        let shipped = try? CalendarHistory.shipped(code)
        let week = shipped?.week ?? state.entries.first { $0.confirmedBy != nil && $0.entry.year != nil }?.entry.week
        let first = shipped.map { Self.items(of: $0, in: zone) } ?? []
        legal[code] = Self.versions(code, week: week ?? .mondayToFriday, first + items)
    }

    /// The calendars that come with the program and those of a log.
    /// Errors: `UnreadableEvent`, those of reading a log, ``CalendarHistory/NotShipped``.
    public static func load(_ log: EventLog, zone: TimeZone) async throws -> CalendarBook {
        var book = try CalendarBook(zone: zone)
        // By the streams' own index: a category's events are found only by a look at every event of the log.
        let rows = try await log.pool.query(
            "SELECT stream FROM caseflow.streams WHERE log_id = $1 AND stream >= $2 AND stream < $3 ORDER BY stream",
            [log.id.rawValue, "\(CalendarStream.category)/", "\(CalendarStream.category)0"]
        )
        var streams: [String: [(event: CalendarEvent, recordedAt: Timestamp)]] = [:]
        for row in rows {
            let stream = StreamName(trusted: try row.decode(0))
            var events: [(event: CalendarEvent, recordedAt: Timestamp)] = []
            for try await recorded in log.readStream(stream) {
                events.append((try CalendarEventCoding.decode(recorded), recorded.recordedAt))
            }
            streams[String(stream.rawValue.dropFirst(CalendarStream.category.utf8.count + 1))] = events
        }
        book.take(streams)
        return book
    }
}
