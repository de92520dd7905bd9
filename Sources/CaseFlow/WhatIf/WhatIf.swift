import EventStore
import Foundation
import WorkingTime

/// The question which lights the clocks of past cases would have shown under other rules, promises or calendars.
///
/// A case is replayed: its facts, pauses, extensions and told lengths stay as they happened, with the moments at which they
/// were recorded; what is different takes the place of what the case is pinned to, and ``CaseClocks`` reads its clocks
/// twice. What would have been done otherwise under other rules, nobody knows, and nothing here pretends to.
///
/// A value that keeps what it has read of packs and calendars; it reads no log and no clock.
public struct WhatIf {
    /// What is different.
    public let change: RuleChange
    /// The day at whose end clocks that run are read; local.
    public let asOf: CivilDate
    private let zone: TimeZone
    private let shelf: RulePackShelf
    private let calendars: CalendarBook
    /// The calendars as they would be.
    private let changed: CalendarBook
    private var market: MarketDays?
    /// Without the market days, by the receiver and the service calendar of a case; nil where no market days are known.
    private var closed: [String: CalendarBook?] = [:]
    /// The same by the days: units of one town share them.
    private var closedBooks: [Set<CivilDate>: CalendarBook] = [:]
    private var packs: [String: Result<RulePack, any Error>] = [:]
    private var parts: [String: (promise: RulePack, rest: RulePack)] = [:]

    /// A question.
    /// - Parameters:
    ///   - over: the days on which the cases came in.
    ///   - asOf: the day at whose end clocks that run are read.
    ///   - packs: the centre's own rule packs, a folder.
    ///   - network: says which town a unit belongs to, and when its market days are.
    /// - Throws: `LegalCalendar.Rejection` where the calendar's drafts make none; errors of calendars.
    public init(
        _ change: RuleChange,
        over: DaySpan,
        asOf: CivilDate,
        zone: TimeZone,
        calendars: CalendarBook,
        network: Network = Network(),
        packs folder: String? = nil
    ) throws {
        (self.change, self.asOf, self.zone, self.calendars) = (change, asOf, zone, calendars)
        shelf = RulePackShelf(folder: folder)
        changed = try change.calendar.map { try calendars.replacing($0.drafts, of: $0.code) } ?? calendars
        if change.isClosedOnMarketDays {
            // A year beyond the day asked about is as far as a due date that is shown may lie.
            let last = max(over.last, asOf).adding(days: 400) ?? .last
            market = MarketDays(network, calendars, today: asOf, days: over.first...max(over.first, last))
        }
    }

    /// What became of a case, and what would have.
    /// - Parameter now: nothing that was recorded later is known, but for the case itself.
    /// - Throws: ``ClockProblem``, ``RulePackLibrary/Problem``, ``YAMLProblem``, ``CalendarUnknown``.
    public mutating func verdict(on past: PastCase, now: Timestamp) throws -> WhatIfVerdict {
        guard let pin = past.ledger.pin else { throw ClockProblem.noRules }
        let known = past.ledger.entries.reduce(now) { max($0, $1.recordedAt) }
        let rules = try pack(pin)
        let was = try read(past.ledger, rules, calendars, known)
        var wouldBe = was
        var hasMarketDays: Bool?
        let newPin = change.pin(pin)
        let newRules = newPin.digest == pin.digest ? rules : change.pack?.rules ?? rules
        let ledger = newPin == pin ? past.ledger : past.ledger.repinned(change.pin)
        if change.isClosedOnMarketDays {
            let book = try closedBook(past.unit, newPin.serviceCalendar)
            hasMarketDays = book != nil
            let (promise, rest) = split(newRules)
            wouldBe = try read(ledger, rest, changed, known) + read(ledger, promise, book ?? changed, known)
        } else if newPin != pin || change.calendar != nil {
            wouldBe = try read(ledger, newRules, changed, known)
        }
        return WhatIfVerdict(
            was: was,
            wouldBe: wouldBe,
            pins: (pin, newPin),
            change: change,
            hasMarketDays: hasMarketDays
        )
    }

    private func read(_ ledger: CaseLedger, _ rules: RulePack, _ book: CalendarBook, _ known: Timestamp) throws
        -> [ClockReading]
    {
        if rules.clocks.isEmpty { return [] }
        let clocks = CaseClocks(rules, zone: zone, calendars: book)
        return try clocks.readings(of: ledger, asOf: asOf, knownAt: known, explained: false)
    }

    /// The pinned pack. One that is not there is looked for once.
    private mutating func pack(_ pin: Case.RulePin) throws -> RulePack {
        let key = "\(pin.digest) \(pin.name)"
        if let found = packs[key] { return try found.get() }
        let found = Result { try shelf.pack(pin) }
        packs[key] = found
        return try found.get()
    }

    /// What the centre promises, apart from what the law sets.
    private mutating func split(_ rules: RulePack) -> (promise: RulePack, rest: RulePack) {
        if let known = parts[rules.digest] { return known }
        let both = (rules.part { $0.itemLimit == .promise }, rules.part { $0.itemLimit != .promise })
        parts[rules.digest] = both
        return both
    }

    private mutating func closedBook(_ unit: String, _ service: String?) throws -> CalendarBook? {
        let key = "\(unit) \(service ?? "")"
        if let known = closed[key] { return known }
        let days = market?.days(of: unit, service: service) ?? []
        var book: CalendarBook?
        if !days.isEmpty {
            let made = try closedBooks[days] ?? changed.closed(on: days)
            (closedBooks[days], book) = (made, made)
        }
        closed[key] = .some(book)
        return book
    }
}
