import EventStore
import WorkingTime

extension RuleChange {
    /// Why a question cannot be asked so: what is wrong, and what to do.
    public struct Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// The option, as in `--promise`.
        public let option: String
        /// In words.
        public let what: String

        /// `--promise: the catalogue has no item …`
        public var description: String { "\(option): \(what)" }
    }

    /// Refuses what would change nothing or cannot be: an item that is not known, a promise that is longer than the law
    /// allows, a calendar that says nothing of the time asked about or that is not known.
    /// - Parameters:
    ///   - over: the days on which the cases came in.
    ///   - asOf: the day at whose end clocks that run are read.
    public func check(
        over: DaySpan,
        asOf: CivilDate,
        _ catalogue: CatalogueBook,
        _ calendars: CalendarBook
    ) throws(Problem) {
        if isEmpty {
            throw Problem(
                option: "simulate rule",
                what: "say what is to be different: --pack, --promise, --calendar or --closed-on market-days"
            )
        }
        if over.first > asOf {
            throw Problem(option: "--over", what: "\(over) has not begun by \(asOf): there are no past cases in it")
        }
        for (item, promise) in promises.sorted(by: { $0.key < $1.key }) { try check(item, promise, catalogue) }
        if let calendar { try check(calendar, over, asOf, calendars) }
        if let code = pack?.rules.calendar, calendar?.code != code, calendars.versions(code).isEmpty {
            throw Problem(
                option: "--pack",
                what: """
                    the pack counts by calendar '\(code)', which is not known; there are \
                    \(calendars.codes.joined(separator: ", ")): import it, or give it with --calendar
                    """
            )
        }
    }

    /// A log without a catalogue has items of which nothing is known but their codes.
    private func check(_ item: String, _ promise: Promise, _ catalogue: CatalogueBook) throws(Problem) {
        guard !catalogue.entries.isEmpty else { return }
        guard let version = ItemCode(rawValue: item).flatMap({ catalogue.entries[$0]?.versions.last }) else {
            throw Problem(
                option: "--promise",
                what: "the catalogue has no item '\(item)'; `caseflowd catalogue show` lists what there is"
            )
        }
        let unit = promise.unit ?? version.item.promise?.unit ?? version.item.statute?.unit ?? .workingDays
        guard let limit = Limit(promise.amount, unit), let statute = version.item.statute else { return }
        if limit.isLonger(than: statute) {
            throw Problem(
                option: "--promise",
                what: "\(limit) is longer than the statute's limit of \(item), \(statute): a promise is at most that"
            )
        }
    }

    private func check(_ change: Calendar, _ over: DaySpan, _ asOf: CivilDate, _ calendars: CalendarBook)
        throws(Problem)
    {
        let rest = max(over.last, asOf)
        let years = Set(
            change.drafts.flatMap { draft in [draft.year].compactMap(\.self) + draft.changes.map(\.date.year) }
        )
        if years.isDisjoint(with: over.first.year...rest.year) {
            let named = years.sorted().map(String.init).joined(separator: ", ")
            throw Problem(
                option: "--calendar",
                what: """
                    \(change.source) speaks of \(named.isEmpty ? "no day" : named), and cases of \(over) ran from \
                    \(over.first) to \(rest): nothing would be different
                    """
            )
        }
        let whole: WorkCalendar?
        do {
            whole = try calendars.preview(change.drafts, of: change.code)
        } catch {
            throw Problem(option: "--calendar", what: "\(change.source): \(error)")
        }
        let coverage = whole?.coverage ?? []
        // What lies beyond the last published year is provisional, as everywhere; a hole has no answer.
        let isCovered = coverage.contains { $0.contains(over.first) && ($0.contains(rest) || $0 == coverage.last) }
        if !isCovered {
            let known = coverage.map { "\($0.lowerBound.year)–\($0.upperBound.year)" }.joined(separator: ", ")
            throw Problem(
                option: "--calendar",
                what: """
                    with \(change.source) calendar \(change.code) covers \(known), not all of \(over.first)..\(rest): \
                    give the missing years, too, or choose another period
                    """
            )
        }
    }
}
