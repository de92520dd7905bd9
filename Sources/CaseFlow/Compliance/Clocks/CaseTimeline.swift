import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// What was known of one case's clocks, moment by moment: takes in its events, and says at each moment what its clocks
/// read and which rows that opens and closes.
struct CaseTimeline {
    let stream: String
    private(set) var current: [ClockRow.Key: ClockRow] = [:]
    /// Rows that begin with what was taken in, by clock and moment, in the order of their making.
    private(set) var opened: [ClockRow] = []
    /// Rows that were there before and end: which, and when.
    private(set) var closed: [(row: ClockRow, at: Timestamp)] = []
    /// Rows of `opened` that ended as well.
    private(set) var endings: [Int: Timestamp] = [:]
    private var openedAt: [ClockRow.Key: Int] = [:]

    private(set) var filters = CaseFilters()
    /// What inspection reads of it, too.
    private(set) var record = CaseRecord()
    /// Who has it, from event to event.
    private var holders = HolderTimeline(pin: nil)
    /// The case itself, without its steps.
    private(set) var state = Case.initial
    /// The last event that matters.
    private(set) var last: KnownLaw.Place?
    /// The last event of all, also one on which no clock depends.
    private(set) var head: CaseHead?
    /// The record of each card's highest rung.
    private(set) var cardRecords: [Case.CardKey: CardRecord] = [:]
    /// The clocks as they were last looked at, and by what.
    private var lastLook: (readings: [ClockReading], rules: RulePack, known: KnownLaw)?
    /// Readings of clocks that have stopped.
    private var settled = CaseClocks.Settled()
    private var receivedOn: CivilDate?
    private var deadlineOn: CivilDate?
    private var closedOn: CivilDate?

    init(stream: String) { self.stream = stream }

    /// What its clocks read.
    var ledger: CaseLedger { record.ledger }

    /// A row that is there and known now.
    mutating func load(_ row: ClockRow) { current[row.key] = row }

    /// Takes in an event, which may be read already; false for one that no clock depends on.
    mutating func take(_ recorded: RecordedEvent, as read: Case.Event? = nil) throws -> Bool {
        head = CaseHead(recorded)
        // Steps are most of the events, and no clock depends on them.
        if recorded.type == Case.Coding.stepRecorded {
            if receivedOn == nil {
                throw PoisonEvent(position: recorded.position, reason: "the case was never received")
            }
            return false
        }
        let event = try read ?? Case.Coding.decode(recorded)
        if case .received(let number, let at, let attributes, let intake) = event.fact {
            receivedOn = at.localDate
            filters = CaseFilters(number, attributes, intake, by: event.by)
        } else if receivedOn == nil {
            throw PoisonEvent(position: recorded.position, reason: "the case was never received")
        }
        switch event.fact {
        case .deadlineSet(let deadline): deadlineOn = deadline.localDate
        case .closed(let at): closedOn = at.localDate
        case .reopened: closedOn = nil
        case .procedure(.rulesPinned(let pin), _):
            if let item = pin.item { filters.item = item }
            settled = CaseClocks.Settled()
        default: break
        }
        let known = record.entries.count
        record.take(event, position: recorded.position, recordedAt: recorded.recordedAt, actor: recorded.actor)
        if record.entries.count > known, let entry = record.entries.last {
            if holders.isAhead(entry) {
                holders.take(entry, pin: record.pin)
            } else {
                holders = HolderTimeline(record)
            }
        }
        Case.evolve(&state, event)
        if case .card(.raised(let rung), _) = event.fact, state.cards[rung.key]?.top == rung {
            cardRecords[rung.key] = CardRecord(
                raisedAt: recorded.recordedAt,
                position: recorded.position,
                data: recorded.data
            )
        }
        last = KnownLaw.Place(recorded)
        return true
    }

    /// Where its stream stands, where events were left out that no clock depends on.
    mutating func stands(at head: CaseHead) {
        if head.version > self.head?.version ?? 0 { self.head = head }
    }

    /// Whether its clocks were looked at.
    var isLookedAt: Bool { lastLook != nil }

    /// What happens next by itself, clock by clock, as they were last looked at.
    func nextRungs() -> [NextRung] {
        guard let look = lastLook else { return [] }
        return look.readings.compactMap { NextRung($0, state.cards, look.rules, look.known) }
    }

    /// The calendars that its clocks depend on.
    func calendars(_ known: KnownLaw) throws -> Set<String> { try ledger.pin.map(known.calendars) ?? [] }

    /// Reads all clocks as they are known at a moment, and opens and closes rows where something has changed.
    mutating func look(at moment: Timestamp, _ known: KnownLaw, reason: String, position: Int64) throws {
        // Clocks of two machines may differ by a little; what a case's rows say follows one after the other.
        let moment = current.values.reduce(moment) { max($0, $1.knownFrom) }
        var seen: Set<ClockRow.Key> = []
        let today = Moment.day(of: moment, in: known.zone)
        func note(_ key: ClockRow.Key, _ facts: ClockRow.Facts, _ version: Int32?) {
            seen.insert(key)
            if let old = current[key] {
                if old.facts == facts { return }
                end(old, at: moment)
            }
            let row = ClockRow(
                key: key,
                facts: facts,
                calendarVersion: version,
                knownFrom: moment,
                isAhead: (facts.stoppedOn?.daysSinceUnixEpoch ?? .min) > (today?.daysSinceEpoch ?? .max),
                reason: reason,
                position: position
            )
            current[key] = row
            openedAt[key] = opened.count
            opened.append(row)
        }
        let place = max(position, last?.position ?? 0)
        for (key, facts, version) in try imported() + procedure(at: moment, today, known, place) {
            note(key, facts, version)
        }
        for (key, old) in current where !seen.contains(key) {
            end(old, at: moment)
            current[key] = nil
        }
    }

    private mutating func end(_ row: ClockRow, at moment: Timestamp) {
        if let index = openedAt.removeValue(forKey: row.key) {
            endings[index] = moment
        } else if row.knownFrom < moment {
            closed.append((row, moment))
        }
        // Else the row that takes its place has the same key, and is written over it.
    }

    // MARK: What the clocks read

    private typealias Reading = (ClockRow.Key, ClockRow.Facts, Int32?)

    /// The limit that the case's source gives.
    private func imported() -> [Reading] {
        guard let receivedOn, let deadlineOn else { return [] }
        var facts = ClockRow.Facts(startedOn: PostgresDate(receivedOn), filters: filters)
        facts.isDefault = ledger.pin == nil
        facts.dueOn = PostgresDate(deadlineOn)
        facts.stoppedOn = closedOn.map { PostgresDate($0) }
        facts.phase = closedOn == nil ? .running : .stopped
        facts.light = closedOn.map { $0 > deadlineOn ? .red : .green }
        return [(ClockRow.Key(clock: LateClocks.importedClock, ordinal: 1), facts, nil)]
    }

    /// The clocks of the rules that the case goes by. A limit in minutes of service ends at a moment. Its row has the day
    /// of that; while it runs, it is late from the day after on. What it showed at its stop comes from the moments.
    private mutating func procedure(at moment: Timestamp, _ today: CivilDate?, _ known: KnownLaw, _ place: Int64) throws
        -> [Reading]
    {
        guard let pin = ledger.pin, let today else { return [] }
        let rules = try known.rules(pin)
        let asOf = ledger.entries.reduce(today) { max($0, $1.at.localDate) }
        let clocks = CaseClocks(rules, zone: known.zone, service: { known.service($0, at: $1, through: place) }) {
            known.calendar(rules.calendar, at: $0, through: place)
        }
        let readings = try clocks.readings(of: ledger, asOf: asOf, knownAt: moment, &settled)
        lastLook = (readings, rules, known)
        return try readings.map { try reading($0, rules, pin, known.zone) }
    }

    private func reading(_ clock: ClockReading, _ rules: RulePack, _ pin: Case.RulePin, _ zone: TimeZone) throws
        -> Reading
    {
        let key = ClockRow.Key(clock: clock.rule.name.rawValue, ordinal: Int32(clamping: clock.ordinal))
        var facts = ClockRow.Facts(startedOn: PostgresDate(clock.startedOn), filters: filters)
        facts.stage = clock.stage
        facts.rules = pin.name
        facts.limit = clock.limit
        facts.dueOn = clock.due.map { PostgresDate($0.date) }
        facts.dueAt = clock.due?.time.flatMap { LocalTime($0).resolved(in: zone)?.timestamp }
        facts.isProvisional = clock.due?.isProvisional ?? false
        facts.calendar = clock.calendar?.code ?? ""
        facts.isPlain = clock.service == nil && clock.pauses.isEmpty && !hasExtension(of: clock.rule)
        // Minutes of service need no legal calendar to count by.
        if let scale = clock.scale(rules, zone) {
            let dates = try scale.dates(
                of: clock.rule,
                limit: clock.limit,
                after: clock.startedAt,
                pauses: clock.pauses
            )
            facts.yellowOn = dates.yellowOn.map { PostgresDate($0) }
        }
        var stop: CivilDate?
        switch clock.phase {
        case .running: facts.phase = .running
        case .suspended(let since, let left):
            facts.phase = .suspended
            facts.suspendedSince = PostgresDate(since.date)
            facts.daysLeft = Int32(clamping: left)
        case .stopped(let point):
            facts.phase = .stopped
            stop = point.date
        case .lapsed(let due):
            // Nobody acted through the last day: that is so from the next one on.
            facts.phase = .lapsed
            stop = due.adding(days: 1) ?? due
        }
        facts.stoppedOn = stop.map { PostgresDate($0) }
        facts.light = stop.map { _ in clock.light }
        hold(&facts, clock, current[key]?.facts)
        return (key, facts, clock.calendar.map { Int32(clamping: $0.version.number) })
    }

    /// With whom it lies, or lay on the day that counts. Only cases of the catalogue say so; of others the filters are what
    /// their source says. What has stopped stays with those who had it then, also when a stage is done again by others.
    private func hold(_ facts: inout ClockRow.Facts, _ clock: ClockReading, _ old: ClockRow.Facts?) {
        guard let intake = record.intake else { return }
        if let old, facts.isAsStopped(old) {
            (facts.filters, facts.held) = (old.filters.held(in: facts.filters), old.held)
            return
        }
        guard let (index, holder) = holder(for: clock) else { return }
        // Nobody of the network has what the citizen has: it is in the queue of the unit that received it.
        let unit = (holder.unit ?? intake.place).rawValue
        (facts.filters.unit, facts.filters.department) = (unit, unit)
        facts.filters.officer = holder.officer?.rawValue ?? ""
        facts.held.kind = holder.kind
        let turns = holders.turns
        facts.held.stage = clock.rule.start == .stageBegun ? clock.stage : turns[index].stage
        let since =
            switch clock.rule.start {
            case .stageBegun, .materialDeferred: clock.startedOn
            default: turns[clock.isLapsed ? 0 : holders.begin(of: index)].day
            }
        facts.held.since = PostgresDate(since)
    }

    /// Who has it after the last event while it runs; when its limit ended, where it is late, or the law drew its consequence;
    /// else just before it stopped. With the turn that says so.
    private func holder(for clock: ClockReading) -> (Int, CaseHolder)? {
        let turns = holders.turns
        if turns.isEmpty { return nil }
        var index = turns.count - 1
        switch clock.phase {
        case .running, .suspended: break
        case .lapsed: return (index, holders.receiving)
        case .stopped:
            if clock.isLate, let day = clock.firstLateDay, let late = holders.turn(on: day) {
                index = late
            } else if let stop = record.run(of: clock)?.stop?.position,
                let end = turns.firstIndex(where: { $0.position == stop })
            {
                index = max(end - 1, 0)
            }
        }
        switch clock.rule.start {
        case .materialDeferred: return (index, CaseHolder(.citizen))
        case .stageBegun: return clock.stage.flatMap { turns[index].stages[$0] }.map { (index, $0) }
        default: return (index, turns[index].holder ?? holders.afterwards)
        }
    }

    /// Whether its length, or whether a pause counts, may depend on more than its start and its rule.
    private func hasExtension(of rule: RulePack.Clock) -> Bool {
        ledger.entries.contains { entry in
            switch entry.fact {
            case .procedure(.extended(let name, _, _, _), _): name == rule.name
            case .procedure(.suspended, _): rule.isSuspendable
            default: false
            }
        }
    }
}

extension ClockRow.Facts {
    /// Whether it has stopped as it had before.
    fileprivate func isAsStopped(_ old: Self) -> Bool {
        stoppedOn != nil && stoppedOn == old.stoppedOn && dueOn == old.dueOn && light == old.light
    }
}

extension CaseFilters {
    /// Others' filters, held by those of these.
    fileprivate func held(in others: CaseFilters) -> CaseFilters {
        var filters = others
        (filters.unit, filters.department, filters.officer) = (unit, department, officer)
        return filters
    }
}
