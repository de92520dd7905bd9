import CaseFlow
import EventStore
import Foundation
import WorkingTime

/// A slow oracle of what the workers raise. It knows nothing of schedules, sweeps and read tables: it reads each clock anew
/// from the events of its case, for each rung on the day on which that was due and on the day before. Tests and fault trials
/// hold the workers against it.
public struct RungOracle: Sendable {
    /// What became of one case.
    public struct Verdict: Sendable {
        /// Rungs that were raised.
        public var rungs = 0
        /// Rungs that only the calendar of the moment before could know of, because it was amended just then.
        public var besideAmendments = 0
        /// What is wrong, a line each.
        public var faults: [String] = []
    }

    private let log: EventLog
    private let zone: TimeZone
    private let now: Timestamp
    private let today: CivilDate
    private let reader: CaseClocks
    private let readerBefore: CaseClocks

    /// - Parameters:
    ///   - rules: the rules that all cases go by.
    ///   - calendars: the calendars as they were known when.
    ///   - now: up to when everything must have been raised.
    ///   - slack: for how long after an amendment of a calendar a rung by the calendar before is not held to be wrong:
    ///     microseconds. A worker cannot know what is recorded while its append is on its way.
    public init(
        _ log: EventLog,
        rules: RulePack,
        calendars: CalendarBook,
        zone: TimeZone,
        now: Timestamp,
        slack: Int64 = 0
    ) throws {
        (self.log, self.zone, self.now) = (log, zone, now)
        guard let today = Moment.day(of: now, in: zone) else { throw NoDay(moment: now) }
        self.today = today
        let code = rules.calendar ?? "cn"
        reader = CaseClocks(rules, zone: zone) { try calendars.calendar(code, knownAt: $0) }
        readerBefore = CaseClocks(rules, zone: zone) {
            try calendars.calendar(code, knownAt: $0.advanced(byMicroseconds: -slack))
        }
    }

    /// Judges a case: each rung that was reached is raised once, none before it was due, those of a card in order, and none is
    /// missing; and a limit whose lapse has an effect has had it.
    public func judge(_ stream: StreamName) async throws -> Verdict {
        var verdict = Verdict()
        var ledger = CaseLedger()
        var raised: [Case.CardKey: [Case.DueRung]] = [:]
        // Since anything else has happened to the case.
        var lastDue: [Case.CardKey: Timestamp] = [:]
        var acceptances = 0
        // Now, and the days before an extension: what had been reached then is to be raised, though it may be out of reach now.
        var looks: Set<CivilDate> = [today]
        var story = ""
        for try await recorded in log.readStream(stream) {
            let event = try Case.Coding.decode(recorded)
            guard case .card(.raised(let rung), let at) = event.fact else {
                if case .procedure(.accepted, _) = event.fact { acceptances += 1 }
                if case .procedure(.extended, let at) = event.fact, let day = at.localDate.adding(days: -1) {
                    looks.insert(day)
                }
                ledger.take(event, recordedAt: recorded.recordedAt)
                lastDue = [:]
                story += " \(recorded.version):\(recorded.type) \(recorded.effectiveAt) at \(recorded.recordedAt);"
                continue
            }
            verdict.rungs += 1
            let told = "\(stream), \(rung.key) \(rung.rung) due \(at), raised \(recorded.recordedAt), after\(story)"
            func wrong(_ what: String) { verdict.faults.append("\(what): \(told)") }
            if recorded.recordedAt < recorded.effectiveAt { wrong("early") }
            try holdAgainstClock(rung, at, ledger, known: recorded.recordedAt, &verdict, told)
            if raised[rung.key, default: []].contains(where: { $0.rung.rung == rung.rung }) { wrong("twice") }
            if let before = lastDue[rung.key], at.timestamp < before { wrong("out of order") }
            lastDue[rung.key] = at.timestamp
            raised[rung.key, default: []].append(Case.DueRung(rung, at: at))
        }
        if acceptances > 1 { verdict.faults.append("\(stream): accepted \(acceptances) times") }
        for day in looks.sorted() {
            for reading in try reader.readings(of: ledger, asOf: day, knownAt: now, explained: false) {
                let key = Case.CardKey(reading.rule.name, reading.ordinal)
                // Its red day is that of its lapse: who was to be told by then counts as accepted.
                let isOpen = reading.rule.lapse == .deemedAccepted ? acceptances == 0 : reading.rule.lapse != nil
                if day == today, isOpen, reading.phase == .running, reading.rungs.contains("red") {
                    verdict.faults.append("the lapse of '\(key)' is missing: \(stream), after\(story)")
                }
                let missing = Set(reading.rungs).subtracting(raised[key, default: []].map(\.rung.rung))
                if missing.isEmpty { continue }
                verdict.faults.append(
                    "missing as of \(day): \(stream), \(key): \(missing.sorted()) (\(reading.phase)), after\(story)"
                )
            }
        }
        return verdict
    }

    /// By what had been recorded before, the clock shows the rung on the day on which it was due, and not the day before.
    private func holdAgainstClock(
        _ rung: Case.RaisedRung,
        _ at: ZonedTime,
        _ ledger: CaseLedger,
        known: Timestamp,
        _ verdict: inout Verdict,
        _ told: String
    ) throws {
        func isDue(by reader: CaseClocks) throws -> (onDay: Bool, dayBefore: Bool) {
            func shows(_ day: CivilDate) throws -> Bool {
                try reader.readings(of: ledger, asOf: day, knownAt: known, explained: false)
                    .first { $0.rule.name == rung.key.clock && $0.ordinal == rung.key.ordinal }?.rungs
                    .contains(rung.rung) == true
            }
            let day = at.localDate
            return (try shows(day), try day.adding(days: -1).map(shows) ?? false)
        }
        let due = try isDue(by: reader)
        if due == (true, false) { return }
        if try isDue(by: readerBefore) == (true, false) {
            verdict.besideAmendments += 1
            return
        }
        if !due.onDay { verdict.faults.append("not due on its day: \(told)") }
        if due.dayBefore { verdict.faults.append("due the day before: \(told)") }
    }

    /// A moment outside the years 1 to 9999.
    struct NoDay: Error, CustomStringConvertible {
        let moment: Timestamp
        var description: String { "\(moment) lies on no day that can be written" }
    }
}
