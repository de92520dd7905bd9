import EventStore
import PostgresClient
import TransparencyLog
import WorkingTime

/// What happens next by itself to a clock: a row of `case_rungs`.
struct NextRung: Sendable, Hashable {
    let clock: String
    let ordinal: Int32
    /// The rung's name; '' for a lapse.
    let rung: String
    /// What the lapse brings about; '' for a rung.
    let lapse: String
    let level: Int32
    let at: Timestamp
    /// When the clock started.
    let notBefore: Timestamp
    /// The rungs that were raised.
    let raised: [String]

    /// A candidate for what is next: a rung of a ladder, or a lapse, which comes behind all rungs of its moment.
    struct Candidate: Sendable, Hashable {
        let rung: String
        let lapse: String
        let level: Int32
        let at: Timestamp

        init(_ scheduled: ScheduledRung) {
            (rung, lapse, level, at) = (scheduled.rung.name, "", Int32(clamping: scheduled.level), scheduled.at)
        }

        init(_ scheduled: ScheduledLapse) {
            (rung, lapse, level, at) = ("", scheduled.lapse.rawValue, .max, scheduled.at)
        }
    }

    /// All that a ladder and a lapse may bring, in the order in which they come; nil for what lies beyond the calendar's last
    /// year, and never comes.
    static func candidates(_ rungs: [ScheduledRung]?, _ lapse: ScheduledLapse?) -> [Candidate] {
        let all = (rungs ?? []).map { Candidate($0) } + (lapse.map { [Candidate($0)] } ?? [])
        return all.sorted { ($0.at, $0.level) < ($1.at, $1.level) }
    }

    /// What is next of a clock; nil where nothing is.
    init?(_ reading: ClockReading, _ cards: [Case.CardKey: Case.Card], _ rules: RulePack, _ known: KnownLaw) {
        if rules.ladders[reading.rule.ladder]?.isEmpty ?? true, reading.rule.lapse == nil { return nil }
        let raised = cards[Case.CardKey(reading.rule.name, reading.ordinal)]?.rungs ?? []
        // What does not run reaches no further rung: most clocks of a case have stopped, and need no schedule.
        if reading.phase != .running, reading.earlierLimits.isEmpty, reading.rungs.allSatisfy(raised.contains) {
            return nil
        }
        let next = Self.candidates(
            try? reading.schedule(rules, zone: known.zone),
            (try? reading.lapse(rules, zone: known.zone)) ?? nil
        ).first { $0.rung.isEmpty || !raised.contains($0.rung) }
        guard let next else { return nil }
        (clock, ordinal) = (reading.rule.name.rawValue, Int32(clamping: reading.ordinal))
        (rung, lapse, level, at) = (next.rung, next.lapse, next.level, next.at)
        (notBefore, self.raised) = (reading.began, raised)
    }
}

/// Where a case's stream stands: what the sweep appends on top of.
struct CaseHead: Sendable, Hashable {
    let version: Int64
    let position: Int64
    let leaf: PostgresBytes
    let recordedAt: Timestamp

    init(version: Int64, position: Int64, leaf: PostgresBytes, recordedAt: Timestamp) {
        (self.version, self.position, self.leaf, self.recordedAt) = (version, position, leaf, recordedAt)
    }

    init(_ event: RecordedEvent) {
        (version, position, recordedAt) = (event.version, event.position, event.recordedAt)
        leaf = PostgresBytes(event.leaf.bytes)
    }
}
