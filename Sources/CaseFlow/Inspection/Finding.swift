import EventStore
import WorkingTime

/// Something that inspection finds in the record, with its evidence. A finding is a question to somebody, not a verdict:
/// it says what stands in the record and on which rule it rests.
public struct Finding: Sendable, Hashable {
    /// Which rule.
    public var rule: FindingRule
    /// The local day from which on it is so; one of a case that is still open may lie ahead, and comes true unless
    /// something happens before.
    public var on: CivilDate
    /// The positions of its events in the log; the first is the one that it is known by.
    public var positions: [Int64]
    /// Whose it is; nil where the record does not say.
    public var unit: UnitCode?
    /// Whose it is; nil where the record does not say.
    public var officer: OfficerID?
    /// The A of the post, where a B acted.
    public var actingFor: OfficerID?
    /// The article or rule that it rests on.
    public var basis: LocalizedText
    /// What stands in the record, in words.
    public var reason: LocalizedText

    /// The event that it is known by: of one rule a case has one finding for each.
    public var position: Int64 { positions.first ?? 0 }
}

/// What inspection can be set to. The defaults are those of the house, not of a law.
public struct InspectionSettings: Sendable, Hashable {
    /// Working days without a step after which a case is idle. Default 10: half of the 20 of Licensing Law art. 42.
    public var idleDays: Int
    /// An entry that comes later than this after its effect is late; hours. Default 24.
    public var lateEntryHours: Int
    /// So many cases make a batch. Default 5.
    public var batchCases: Int
    /// Entries of a batch follow each other within so many minutes. Default 10.
    public var batchMinutes: Int
    /// The local hour from which on the day is at its end. Default 16.
    public var batchFromHour: Int
    /// So many minutes after its effect an entry is one of afterwards. Default 60.
    public var batchDelayMinutes: Int

    /// Settings.
    public init(
        idleDays: Int = 10,
        lateEntryHours: Int = 24,
        batchCases: Int = 5,
        batchMinutes: Int = 10,
        batchFromHour: Int = 16,
        batchDelayMinutes: Int = 60
    ) {
        (self.idleDays, self.lateEntryHours) = (idleDays, lateEntryHours)
        (self.batchCases, self.batchMinutes) = (batchCases, batchMinutes)
        (self.batchFromHour, self.batchDelayMinutes) = (batchFromHour, batchDelayMinutes)
    }
}
