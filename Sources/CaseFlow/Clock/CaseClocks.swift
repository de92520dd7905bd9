import EventStore
import Foundation
import WorkingTime

/// Reads the clocks of a case. One pure function: the facts, the rules, the calendars and the two days asked about go in,
/// every clock with its derivation comes out.
public struct CaseClocks: Sendable {
    /// The rules that the case is pinned to.
    public let rules: RulePack
    /// The legal calendar as it was known at a moment; asked for the pinned rules' calendar only.
    public let calendar: @Sendable (Timestamp) throws -> WorkCalendar?
    /// The centre's time zone: the local day on which something was recorded.
    public let zone: TimeZone

    /// A reader.
    public init(_ rules: RulePack, zone: TimeZone, calendar: @escaping @Sendable (Timestamp) throws -> WorkCalendar?) {
        self.rules = rules
        self.zone = zone
        self.calendar = calendar
    }

    /// All clocks that have started, in the order of the rules and of their starts.
    ///
    /// - Parameters:
    ///   - asOf: the local day at whose end they are read.
    ///   - knownAt: only what was recorded by then counts, and the calendar is that of then. A clock that has stopped
    ///     keeps the calendar that was known when its stop was recorded.
    ///   - explained: whether the readings carry their derivations, which take most of the time.
    /// - Throws: ``ClockProblem``.
    public func readings(
        of ledger: CaseLedger,
        asOf: CivilDate,
        knownAt: Timestamp,
        explained: Bool = true
    ) throws -> [ClockReading] {
        let known = ledger.known(at: knownAt)
        guard let pin = known.pin else { throw ClockProblem.noRules }
        guard pin.digest == rules.digest else {
            throw ClockProblem.otherRules(pinned: pin.name, given: "\(rules.code) \(rules.version)")
        }
        var readings: [ClockReading] = []
        for rule in rules.clocks {
            var ordinal = 0
            for (index, entry) in known.entries.enumerated()
            where entry.milestones.contains(rule.start) && entry.at.localDate <= asOf {
                guard let length = length(of: rule, pin, entry) else { continue }
                if length.limit.unit == .serviceMinutes { throw ClockProblem.serviceMinutes(rule.name) }
                ordinal += 1
                let run = ClockRun(rule, start: entry, length: length, ordinal: ordinal, rules: rules, zone: zone)
                let rest = known.entries[(index + 1)...].filter { $0.at.localDate <= asOf }
                let stop = rest.first { run.isStopped(by: $0) }
                guard let calendar = try calendar(stop?.recordedAt ?? knownAt) ?? .everyDay(rules) else {
                    throw ClockProblem.noCalendar(rule.name, rules.calendar ?? "none")
                }
                do throws(WorkingTimeError) {
                    readings.append(try run.reading(rest, asOf: asOf, in: calendar, explained: explained))
                } catch {
                    throw ClockProblem.calendar(rule.name, error)
                }
            }
        }
        return readings
    }

    /// How long a clock may run in this case, and by which article; nil when it does not run at all.
    private func length(of rule: RulePack.Clock, _ pin: Case.RulePin, _ start: CaseLedger.Entry) -> ClockRun.Length? {
        let own: Limit? =
            switch rule.itemLimit {
            case .statute: pin.statute
            case .promise: pin.promise
            case nil: nil
            }
        if let own { return .init(limit: own, article: rule.article, isOfItem: true) }
        if let other = rule.handling[pin.handling] { return .init(limit: other.limit, article: other.article) }
        switch rule.length {
        case .fixed(let limit): return .init(limit: limit, article: rule.article)
        case .told: return start.told.map { .init(limit: $0, article: rule.article, isTold: true) }
        case .itemOnly: return nil
        }
    }
}
