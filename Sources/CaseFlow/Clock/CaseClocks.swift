import EventStore
import Foundation
import WorkingTime

/// Reads the clocks of a case. One pure function: the facts, the rules, the calendars and the two moments asked about go
/// in, every clock with its derivation comes out.
public struct CaseClocks: Sendable {
    /// The rules that the case is pinned to.
    public let rules: RulePack
    /// The legal calendar as it was known at a moment; asked for the pinned rules' calendar only.
    public let calendar: @Sendable (Timestamp) throws -> WorkCalendar?
    /// A service calendar as it was known at a moment; asked for the one that the case is pinned to, and only for limits
    /// in minutes of service.
    public let service: @Sendable (String, Timestamp) throws -> CalendarBook.ServiceState?
    /// The centre's time zone: the local day on which something was recorded, and the wall clock that minutes of service
    /// are read from.
    public let zone: TimeZone

    /// A reader.
    public init(
        _ rules: RulePack,
        zone: TimeZone,
        service: @escaping @Sendable (String, Timestamp) throws -> CalendarBook.ServiceState? = { _, _ in nil },
        calendar: @escaping @Sendable (Timestamp) throws -> WorkCalendar?
    ) {
        self.rules = rules
        self.zone = zone
        self.service = service
        self.calendar = calendar
    }

    /// The clocks at the end of a local day; else as ``readings(of:at:knownAt:explained:)``.
    public func readings(
        of ledger: CaseLedger,
        asOf day: CivilDate,
        knownAt: Timestamp,
        explained: Bool = true
    ) throws -> [ClockReading] {
        var none: Settled?
        return try readings(of: ledger, AsOf(day: day), knownAt, explained, &none)
    }

    /// What was read of clocks that have stopped: whatever a case takes in afterwards, they read the same.
    struct Settled {
        /// A start: the rule's place in the pack, and that of the fact in the ledger.
        fileprivate struct Start: Hashable {
            let rule: Int
            let entry: Int
        }

        fileprivate var readings: [Start: ClockReading] = [:]
    }

    /// The clocks at the end of a local day, without derivations, of a case that is read again and again as it goes on, at
    /// days and moments that only rise.
    func readings(of ledger: CaseLedger, asOf day: CivilDate, knownAt: Timestamp, _ settled: inout Settled) throws
        -> [ClockReading]
    {
        var kept: Settled? = settled
        settled = Settled()
        defer { settled = kept ?? Settled() }
        return try readings(of: ledger, AsOf(day: day), knownAt, false, &kept)
    }

    /// All clocks that have started, in the order of the rules and of their starts.
    ///
    /// - Parameters:
    ///   - moment: limits in minutes of service are read at this moment, limits in days at the end of its local day.
    ///   - knownAt: only what was recorded by then counts, and the calendar is that of then. A clock that has stopped
    ///     keeps the calendar that was known when its stop was recorded.
    ///   - explained: whether the readings carry their derivations, which take most of the time.
    /// - Throws: ``ClockProblem``.
    public func readings(
        of ledger: CaseLedger,
        at moment: Timestamp,
        knownAt: Timestamp,
        explained: Bool = true
    ) throws -> [ClockReading] {
        guard let day = Moment.day(of: moment, in: zone) else { throw ClockProblem.noSuchDay(moment) }
        var none: Settled?
        return try readings(of: ledger, AsOf(day: day, moment: moment), knownAt, explained, &none)
    }

    /// What is asked about: a day at its end, or a moment.
    private struct AsOf {
        let day: CivilDate
        var moment: Timestamp?

        /// Whether something had happened by then, on the scale of a limit.
        func hasSeen(_ entry: CaseLedger.Entry, on unit: Limit.Unit) -> Bool {
            guard unit == .serviceMinutes, let moment else { return entry.at.localDate <= day }
            return entry.at.timestamp <= moment
        }

        /// Whether all had happened by then, whatever the scale.
        func hasSeen(all entries: [CaseLedger.Entry]) -> Bool {
            entries.allSatisfy { entry in
                entry.at.localDate <= day && moment.map { entry.at.timestamp <= $0 } ?? true
            }
        }

        func point(on scale: ClockScale) -> ClockPoint { moment.flatMap(scale.point) ?? scale.end(of: day) }
    }

    private func readings(
        of ledger: CaseLedger,
        _ asOf: AsOf,
        _ knownAt: Timestamp,
        _ explained: Bool,
        _ settled: inout Settled?
    ) throws -> [ClockReading] {
        let known = ledger.known(at: knownAt)
        guard let pin = known.pin else { throw ClockProblem.noRules }
        guard pin.digest == rules.digest else {
            throw ClockProblem.otherRules(pinned: pin.name, given: "\(rules.code) \(rules.version)")
        }
        // Of what lies ahead of the day asked about, or was recorded later, there is mostly nothing: then all entries are taken
        // as they are.
        let isAllSeen = asOf.hasSeen(all: known.entries) && known.entries.count == ledger.entries.count
        var readings: [ClockReading] = []
        for (place, rule) in rules.clocks.enumerated() {
            var ordinal = 0
            for index in known.entries.indices where !known.entries[index].milestones.isDisjoint(with: rule.starting) {
                let start = Settled.Start(rule: place, entry: index)
                if isAllSeen, let reading = settled?.readings[start] {
                    readings.append(reading)
                    ordinal += 1
                    continue
                }
                let entry = known.entries[index]
                guard let length = rule.length(pin, told: entry.told),
                    isAllSeen || asOf.hasSeen(entry, on: length.limit.unit)
                else { continue }
                ordinal += 1
                var rest = known.entries[(index + 1)...]
                if !isAllSeen { rest = rest.filter { asOf.hasSeen($0, on: length.limit.unit) }[...] }
                let stop = rest.indices.first {
                    !rule.stopping.isDisjoint(with: rest[$0].milestones) && rule.isStopped(by: rest[$0], since: entry)
                }
                let scale = try scale(rule, length.limit.unit, pin, at: stop.map { rest[$0].recordedAt } ?? knownAt)
                let run = ClockRun(rule, start: entry, length: length, ordinal: ordinal, on: scale) {
                    try? self.scale(rule, length.limit.unit, pin, at: $0)
                }
                do throws(WorkingTimeError) {
                    let reading = try run.reading(rest, asOf: asOf.point(on: scale), explained: explained)
                    readings.append(reading)
                    if isAllSeen, case .stopped = reading.phase { settled?.readings[start] = reading }
                } catch {
                    throw ClockProblem.calendar(rule.name, error)
                }
            }
        }
        return readings
    }

    /// What a clock is counted by, as it was known at a moment.
    private func scale(_ rule: RulePack.Clock, _ unit: Limit.Unit, _ pin: Case.RulePin, at moment: Timestamp) throws
        -> ClockScale
    {
        guard let calendar = try calendar(moment) ?? .everyDay(rules) else {
            throw ClockProblem.noCalendar(rule.name, rules.calendar ?? "none")
        }
        var scale = ClockScale(rules: rules, zone: zone, calendar: calendar)
        if unit == .serviceMinutes {
            guard let code = pin.serviceCalendar else { throw ClockProblem.noServiceCalendar(rule.name) }
            guard let service = try service(code, moment) else {
                throw ClockProblem.serviceCalendarUnknown(rule.name, code)
            }
            scale.service = service
        }
        return scale
    }
}
