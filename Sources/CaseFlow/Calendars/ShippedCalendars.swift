import EventStore
import Foundation
import TransparencyLog

/// The calendars that come with a program. Each of them only ever grows at its end: logs have adopted what stands there.
public struct ShippedCalendars: Sendable {
    /// By their names.
    public let histories: [String: CalendarHistory]
    /// Tells one set of calendars from another.
    let digest: Digest

    /// A set of calendars; of two with one name the last.
    public init(_ histories: [CalendarHistory]) {
        self.histories = Dictionary(histories.map { ($0.code, $0) }) { $1 }
        let digests = self.histories.values.compactMap { $0.digest(entries: $0.entries.count) }
        digest = Digest.sha256(digests.sorted().flatMap { Array($0.utf8) })
    }

    /// Those of this program.
    public static func program() throws(CalendarHistory.NotShipped) -> ShippedCalendars { try loaded.get() }

    private static let loaded = Result { () throws(CalendarHistory.NotShipped) -> ShippedCalendars in
        var histories: [CalendarHistory] = []
        for code in CalendarHistory.shippedCodes { histories.append(try CalendarHistory.shipped(code)) }
        return ShippedCalendars(histories)
    }

    /// The calendar of which something was adopted.
    func history(_ code: String, of adoption: CalendarAdoption) throws(CalendarMismatch) -> CalendarHistory {
        guard let history = histories[code] else {
            throw .older(calendar: code, adopted: adoption.entries, shipped: 0)
        }
        try history.check(adoption)
        return history
    }

    // MARK: Adopting

    /// What a log has still to adopt, by the names of the calendars: nothing of a calendar whose name the log uses for
    /// hours of service of its own. Pure.
    /// - Parameter streams: what the log's calendars hold, by their names.
    public func outstanding(_ streams: [String: [CalendarEvent]]) throws(CalendarMismatch) -> [String: CalendarAdoption]
    {
        let states = streams.mapValues { events in
            events.reduce(into: LegalCalendar.initial) { LegalCalendar.evolve(&$0, $1) }
        }
        let adopted = states.compactMapValues(\.adoptions.last?.adoption)
        for (code, adoption) in adopted { _ = try history(code, of: adoption) }
        var outstanding: [String: CalendarAdoption] = [:]
        for (code, history) in histories where states[code]?.isServiceCalendar != true {
            let count = history.entries.count
            guard count > adopted[code]?.entries ?? 0, let digest = history.digest(entries: count) else { continue }
            let known: CalendarAdoption.Known = adopted.isEmpty ? .notice : .recording
            outstanding[code] = CalendarAdoption(entries: count, digest: digest, known: known)
        }
        return outstanding
    }

    /// Who records adoptions.
    public static let actor = Actor(trusted: "program/caseflowd")

    /// Records what a log has still to adopt, of all calendars at once, and returns it: each process that is about to
    /// write to a log does so first, at the moment that it claims. Costs a few small reads when there is nothing to do. Of
    /// several processes that come at the same time one records it.
    /// - Parameter request: the id of the request to the log; nil for a fresh one.
    /// - Throws: ``CalendarMismatch``, `UnreadableEvent`, `AppendError`.
    @discardableResult
    public func adopt(in log: EventLog, at moment: Timestamp, request: UUID? = nil) async throws
        -> [String: CalendarAdoption]
    {
        for attempt in 1... {
            let streams = try await CalendarBook.streams(of: log)
            let outstanding = try outstanding(streams.mapValues { $0.map(\.event) })
            if outstanding.isEmpty { return [:] }
            let writes = try outstanding.sorted { $0.key < $1.key }.map { code, adoption in
                let event = CalendarEvent(effectiveAt: moment, actor: Self.actor, fact: .adopted(adoption))
                let version = streams[code]?.count ?? 0
                return StreamWrite(
                    try CalendarStream.of(code),
                    expected: version == 0 ? .noStream : .exact(Int64(version)),
                    events: [CalendarEventCoding.encode(event, actor: Self.actor)]
                )
            }
            do {
                _ = try await log.append(AppendRequest(id: request ?? UUID(timeOrderedAt: moment), writes: writes))
                return outstanding
            } catch AppendError.conflict where attempt < 8 {
                // Another process was faster, perhaps with the same: look again.
            }
        }
        preconditionFailure("the loop ends by returning or throwing")
    }
}
