import EventStore

/// What was counted while a town was played. Constant in size, whatever the number of cases.
public struct SimulationTally: Sendable, Hashable {
    /// Cases that came, by channel.
    public var cases: [ServiceItem.Channel: Int] = [:]
    /// Cases that came on market days, and on other days on which the hall is open.
    public var marketCases = 0, otherCases = 0
    /// Such days.
    public var marketDays = 0, otherDays = 0
    /// Visits of citizens to the hall.
    public var visits = 0
    /// Acts of officers on cases, and those by B for A.
    public var acts = 0, actsByB = 0
    /// Events that were recorded of cases.
    public var events = 0
    /// Ratings by grade.
    public var ratings: [Case.Rating: Int] = [:]
    /// Cases that count as accepted because nobody gave notice.
    public var deemed = 0
    /// Cases that were entered later than they were taken in.
    public var lateEntries = 0
    /// Cases that were decided; of those, denied.
    public var decided = 0, denied = 0
    /// Cases that were refused, withdrawn or returned.
    public var refused = 0, withdrawn = 0, returnedFiles = 0
    /// What happened on the way.
    public var notices = 0, secondNotices = 0, deferrals = 0, suspensions = 0, extensions = 0, reworks = 0,
        objections = 0
    /// Complaints, calls back, uses of the seal, papers that went to the county.
    public var complaints = 0, callBacks = 0, sealed = 0, forwarded = 0
    /// Absences of officers; days on which the A of a post was away; of those, days on which B was there.
    public var absences = 0, daysOfA = 0, daysCovered = 0
    /// Commands that were refused by the rules. A simulation is not meant to have any.
    public var refusals: [String: Int] = [:]

    /// Cases that came.
    public var total: Int { cases.values.reduce(0, +) }
}

/// A figure of a played town beside what the town reported.
public struct SimulationRow: Sendable, Hashable {
    /// What was reported, and what is wanted.
    public var figure: TownProfile.Figure
    /// What was played; for a count of a report, as many of as many cases as the report is of.
    public var simulated: Double?
    /// Whether it lies within the bounds; nil where there are none, or too little was played to judge.
    public var isMet: Bool?
    /// Whether too little was played to judge it: such a figure is shown, and cannot be missed.
    public var isTooFew: Bool

    /// The fewest ratings whose share is judged.
    public static let fewestRatings = 20
    /// The fewest cases of which a share or a pace is judged, where less was played than the profile tells of.
    public static let fewestCases = 60

    init(_ figure: TownProfile.Figure, simulated: Double?, isTooFew: Bool = false) {
        let isWanted = figure.atLeast != nil || figure.atMost != nil
        (self.figure, self.simulated, self.isTooFew) = (figure, simulated, isTooFew && isWanted)
        guard isWanted, !isTooFew else { return }
        guard let simulated else {
            isMet = false
            return
        }
        isMet = (figure.atLeast ?? -.infinity)...(figure.atMost ?? .infinity) ~= simulated
    }
}

/// What became of a played town.
public struct SimulationResult: Sendable {
    /// What was counted.
    public var tally: SimulationTally
    /// The reported figures beside the played ones, in the order of the profile.
    public var rows: [SimulationRow]
    /// Events in the log, those of calendar, catalogue and network included.
    public var position: Int64
    /// The leaf of the last one, base64.
    public var lastLeaf: String
    /// The last moment that was played, exclusive.
    public var end: Timestamp
    /// Clocks that are late at the end, by name; those that there are, by name.
    public var lateClocks: [String: Int]
    /// All clocks, by name.
    public var clocks: [String: Int]
    /// Cases that are not over.
    public var open: Int

    /// Whether every figure that must be met is, as far as enough was played to judge it.
    public var isAsReported: Bool { rows.allSatisfy { !$0.figure.isMust || $0.isTooFew || $0.isMet == true } }
}
