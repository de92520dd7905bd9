import EventStore
import Foundation
import WorkingTime

/// What the projection of clocks knows of rules and calendars while it folds: the rule packs, and every state of every
/// legal calendar with the moment from which it was known.
struct KnownLaw: Sendable {
    /// Why a case's clocks cannot be computed.
    struct Unknown: Error { let reason: String }

    /// A state of a legal or of a service calendar: from when it was known, and by which event.
    struct Boundary: Sendable {
        let calendar: String
        let since: Timestamp
        /// What the rows say that it moves.
        let reason: String
        /// 0 for one that came with the program.
        let position: Int64

        /// What stands in the log follows its order, whatever clocks of two machines say; the rest follows the time.
        func isAfter(_ place: Place) -> Bool {
            position > 0 ? position > place.position : since > place.recordedAt
        }
    }

    /// Where an event stands.
    struct Place: Sendable {
        let position: Int64
        let recordedAt: Timestamp

        init(_ event: RecordedEvent) { (position, recordedAt) = (event.position, event.recordedAt) }
    }

    let zone: TimeZone
    let book: CalendarBook
    private let packs: [String: RulePack]
    private let byDigest: [String: RulePack]
    /// By calendar, in the order in which they became known; the first state of each is none.
    let boundaries: [String: [Boundary]]

    /// - Parameters:
    ///   - shipped: the calendars of the program.
    ///   - events: those of the calendars' streams, by stream and version. What cannot be read ends its stream: the event
    ///     is set aside, and the calendar stays as it was before.
    /// - Throws: ``CalendarMismatch``: then nothing is computed.
    init(zone: TimeZone, packs: [RulePack], shipped: ShippedCalendars, events: [RecordedEvent]) throws {
        self.zone = zone
        self.packs = Dictionary(packs.map { ("\($0.code) \($0.version)", $0) }) { first, _ in first }
        byDigest = Dictionary(packs.map { ($0.digest, $0) }) { first, _ in first }
        var book = try CalendarBook(zone: zone, shipped: shipped)
        var streams: [String: [(event: CalendarEvent, recordedAt: Timestamp)]] = [:]
        var unreadable: Set<String> = []
        var positions: [String: Int64] = [:]
        for recorded in events {
            let code = String(recorded.stream.rawValue.dropFirst(CalendarStream.category.utf8.count + 1))
            guard !unreadable.contains(code), let event = try? CalendarEventCoding.decode(recorded) else {
                unreadable.insert(code)
                continue
            }
            streams[code, default: []].append((event, recorded.recordedAt))
            positions["\(code) \(recorded.recordedAt)"] = recorded.position
        }
        try book.take(streams)
        self.book = book
        var boundaries: [String: [Boundary]] = [:]
        for code in book.codes {
            boundaries[code] = Self.boundaries(of: book.versions(code), code) { positions["\(code) \($0)"] ?? 0 }
        }
        for code in book.serviceCodes {
            boundaries[code] = book.serviceVersions(code).dropFirst().map { version in
                Boundary(
                    calendar: code,
                    since: version.knownSince,
                    reason: "service hours set: \(code)",
                    position: positions["\(code) \(version.knownSince)"] ?? 0
                )
            }
        }
        self.boundaries = boundaries
    }

    /// What an adoption brings becomes known at one moment, in several states: that is one step.
    private static func boundaries(
        of versions: [CalendarBook.Version],
        _ code: String,
        position: (Timestamp) -> Int64
    ) -> [Boundary] {
        var steps: [[CalendarBook.Version]] = []
        for version in versions {
            if let last = steps.last?.last, last.knownSince == version.knownSince {
                steps[steps.count - 1].append(version)
            } else {
                steps.append([version])
            }
        }
        return steps.dropFirst().map { step in
            let what = step.contains(where: \.isAdopted) ? "adopted" : "amended"
            let notices = step.map { $0.notice.isEmpty ? "\(code) \($0.number)" : $0.notice }.joined(separator: ", ")
            return Boundary(
                calendar: code,
                since: step[0].knownSince,
                reason: "calendar \(what): \(notices)",
                position: step.contains { $0.isAdopted || $0.entry != nil } ? position(step[0].knownSince) : 0
            )
        }
    }

    /// The rules that a case is pinned to, exactly. Throws ``Unknown``.
    func rules(_ pin: Case.RulePin) throws -> RulePack {
        if let pack = byDigest[pin.digest], "\(pack.code) \(pack.version)" == pin.name { return pack }
        let why = packs[pin.name] == nil ? "are not here" : "are not here as the case is pinned to them"
        throw Unknown(reason: "the rules \(pin.name) \(why): see CASEFLOW_RULE_PACKS")
    }

    /// Rules by their name, `cn-licensing 1`, as rows name them.
    func rules(named name: String) -> RulePack? { packs[name] }

    /// A calendar as it was known at a moment; nil where rules name none, or nothing of it was known then.
    /// - Parameter position: where the log stood. What stands behind that was not known, whatever the clocks of two machines
    ///   say, and whatever else a batch brings.
    func calendar(_ code: String?, at moment: Timestamp, through position: Int64 = .max) -> WorkCalendar? {
        guard let code else { return nil }
        return try? book.calendar(code, knownAt: before(position, moment, [code]))
    }

    /// A service calendar as it was known at a moment, where the log stood at a position; nil where nothing of it was.
    func service(_ code: String, at moment: Timestamp, through position: Int64 = .max) -> CalendarBook.ServiceState? {
        let codes = [code] + book.serviceVersions(code).compactMap(\.plan.follows)
        return try? book.serviceState(code, knownAt: before(position, moment, codes))
    }

    /// The moment, or the last one before what stands behind a position became known.
    private func before(_ position: Int64, _ moment: Timestamp, _ codes: [String]) -> Timestamp {
        if position == .max { return moment }
        return codes.lazy.flatMap { boundaries[$0] ?? [] }.reduce(moment) { moment, boundary in
            boundary.position > position && boundary.since <= moment
                ? Timestamp(microseconds: boundary.since.microseconds - 1) : moment
        }
    }

    /// The calendars that a case's clocks depend on. Throws ``Unknown``.
    func calendars(_ pin: Case.RulePin) throws -> Set<String> {
        var codes: Set<String> = []
        if let code = try rules(pin).calendar { codes.insert(code) }
        if let code = pin.serviceCalendar {
            codes.insert(code)
            codes.formUnion(book.serviceVersions(code).compactMap(\.plan.follows))
        }
        return codes
    }

    /// The states of calendars that became known after a place in the log and that the condition holds for, in the order
    /// in which they are carried out.
    func boundaries(_ codes: Set<String>, after place: Place, where isWanted: (Boundary) -> Bool) -> [Boundary] {
        codes.flatMap { boundaries[$0] ?? [] }.filter { $0.isAfter(place) && isWanted($0) }
            .sorted { ($0.since, $0.calendar) < ($1.since, $1.calendar) }
    }

    /// The first day that a state of a calendar may touch: of a legal one that on which it differs from the state before;
    /// hours of service touch those from which they hold. Nil if it touches none, or there is no such state.
    func firstTouched(by boundary: Boundary) -> CivilDate? {
        let settings = book.serviceVersions(boundary.calendar)
        if !settings.isEmpty {
            return settings.filter { $0.knownSince == boundary.since }.map { $0.from ?? .first }.min()
        }
        let versions = book.versions(boundary.calendar)
        guard let before = versions.last(where: { $0.knownSince < boundary.since }),
            let since = versions.last(where: { $0.knownSince == boundary.since })
        else { return nil }
        return Self.firstDifference(before.calendar, since.calendar)
    }

    /// The first day of which two states of a calendar say different things; nil if they agree on every day and end
    /// alike.
    static func firstDifference(_ old: WorkCalendar, _ new: WorkCalendar) -> CivilDate? {
        let exceptions = Set(old.exceptions.map(Said.init)).symmetricDifference(new.exceptions.map(Said.init))
        return (exceptions.map(\.date) + [firstCoveredByOne(old.coverage, new.coverage)].compactMap { $0 }).min()
    }

    /// The first day that one of two coverages has and the other has not.
    private static func firstCoveredByOne(_ left: [ClosedRange<CivilDate>], _ right: [ClosedRange<CivilDate>])
        -> CivilDate?
    {
        for (one, other) in zip(left, right) where one != other {
            if one.lowerBound != other.lowerBound { return min(one.lowerBound, other.lowerBound) }
            let end = min(one.upperBound, other.upperBound)
            return end.adding(days: 1) ?? end
        }
        let longer = left.count > right.count ? left : right
        return left.count == right.count ? nil : longer[min(left.count, right.count)].lowerBound
    }

    /// What an exception says that counting depends on: a holiday that is renamed moves nothing.
    private struct Said: Hashable {
        let date: CivilDate
        let kind: DayException.Kind
        init(_ exception: DayException) { (date, kind) = (exception.date, exception.kind) }
    }
}
