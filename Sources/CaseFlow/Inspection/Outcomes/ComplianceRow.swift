/// What the cases of a group came to, in some months: one line of `caseflowd compliance`.
public struct ComplianceRow: Sendable, Hashable, Encodable {
    /// The town, department, officer, item, channel, or month (`2026-03`).
    public let group: String
    /// Cases that came in, and cases decided, in these months: not the same cases.
    public internal(set) var received = 0, decided = 0
    /// Of those decided, granted.
    public internal(set) var granted = 0
    /// Decided within the promise, and later; those without a promise are in neither.
    public internal(set) var promiseKept = 0, promiseBroken = 0
    /// Likewise of the statute's limit.
    public internal(set) var statuteKept = 0, statuteBroken = 0
    /// Days from acceptance to decision, pauses left out.
    public internal(set) var days = Histogram()
    /// Of the cases with days that stood still, the days of that, in the same unit.
    public internal(set) var paused = Histogram()
    /// The citizen's visits of each case.
    public internal(set) var visits = Histogram()
    /// The grades given, 1 for the best to 5.
    public internal(set) var rated = Histogram()
    /// What officers did on each case, and how often it passed on.
    public internal(set) var steps = Histogram(), handOvers = Histogram()

    /// Of the cards that stand, how many have come to each rung.
    public internal(set) var cards: [String: Int] = [:]

    /// Nothing counted yet.
    init(_ group: String) { self.group = group }

    /// The share of what was promised that was kept; nil where nothing was promised.
    public var promiseRate: Double? { Self.share(promiseKept, of: promiseKept + promiseBroken) }
    /// The share of decisions within the statute's limit; nil where there is none.
    public var statuteRate: Double? { Self.share(statuteKept, of: statuteKept + statuteBroken) }
    /// The share of the decided cases with days that stood still: who lives by pausing.
    public var pausedCases: Double? { Self.share(paused.total, of: days.total) }
    /// The share of days that stood still in all days of the same clocks, counted and not.
    public var pausedDays: Double? { Self.share(paused.sum, of: paused.sum + days.sum) }
    /// The share of ratings that are one of the three good grades (非常满意, 满意, 基本满意).
    public var satisfied: Double? { Self.share(rated.count(in: 1...3), of: rated.total) }

    private static func share(_ part: Int, of whole: Int) -> Double? {
        whole == 0 ? nil : Double(part) / Double(whole)
    }

    /// Its cards in one line: `red 2, yellow 5`; nil where there are none.
    var cardsInWords: String? {
        if cards.isEmpty { return nil }
        return cards.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    }

    mutating func add(_ measure: OutcomeCount.Measure, _ bucket: Int, times n: Int) {
        switch measure {
        case .received: received += n
        case .decided: decided += n
        case .granted: granted += n
        case .promiseKept: promiseKept += n
        case .promiseBroken: promiseBroken += n
        case .statuteKept: statuteKept += n
        case .statuteBroken: statuteBroken += n
        case .days: days.add(bucket, times: n)
        case .paused: paused.add(bucket, times: n)
        case .visits: visits.add(bucket, times: n)
        case .rated: rated.add(bucket, times: n)
        case .steps: steps.add(bucket, times: n)
        case .handOvers: handOvers.add(bucket, times: n)
        case .cards(let rung): cards[rung, default: 0] += n
        }
    }

    private enum Key: String, CodingKey {
        case group, received, decided, granted, promiseKept, promiseBroken, promiseRate, statuteKept, statuteBroken,
            statuteRate, daysMedian, days90, pausedCases, pausedDays, visitsMean, visitsOverOne, rated, satisfied, cards
    }

    /// Shares are from 0 to 1; what there is nothing of is null.
    public func encode(to encoder: any Encoder) throws {
        var members = encoder.container(keyedBy: Key.self)
        try members.encode(group, forKey: .group)
        try members.encode(received, forKey: .received)
        try members.encode(decided, forKey: .decided)
        try members.encode(granted, forKey: .granted)
        try members.encode(promiseKept, forKey: .promiseKept)
        try members.encode(promiseBroken, forKey: .promiseBroken)
        try members.encode(promiseRate, forKey: .promiseRate)
        try members.encode(statuteKept, forKey: .statuteKept)
        try members.encode(statuteBroken, forKey: .statuteBroken)
        try members.encode(statuteRate, forKey: .statuteRate)
        try members.encode(days.quantile(0.5), forKey: .daysMedian)
        try members.encode(days.quantile(0.9), forKey: .days90)
        try members.encode(pausedCases, forKey: .pausedCases)
        try members.encode(pausedDays, forKey: .pausedDays)
        try members.encode(visits.mean, forKey: .visitsMean)
        try members.encode(visits.count(in: 2...), forKey: .visitsOverOne)
        try members.encode(rated.total, forKey: .rated)
        try members.encode(satisfied, forKey: .satisfied)
        try members.encode(cards, forKey: .cards)
    }
}
