import WorkingTime

/// A value that changes on days: each holds from its day on until the next one begins.
///
/// Setting a value for a day does not touch what was set for later days, so that a change that becomes known late does not
/// undo the one after it. Of two values for one day the one that was set last counts: that is how a mistake is corrected.
public struct Dated<Value: Sendable & Hashable>: Sendable, Hashable {
    /// A value, and its first day.
    public struct Span: Sendable, Hashable {
        /// The first day.
        public var from: CivilDate
        /// The value.
        public var value: Value
    }

    /// In the order of the days, no day twice.
    public private(set) var spans: [Span] = []

    /// Nothing was ever set.
    public init() {}

    /// The value on a day; nil before the first one.
    public subscript(_ day: CivilDate) -> Value? { index(on: day).map { spans[$0].value } }

    /// The value on a day and the day on which it began; nil before the first one.
    public func span(on day: CivilDate) -> Span? { index(on: day).map { spans[$0] } }

    /// The day of the next setting after a day.
    public func next(after day: CivilDate) -> CivilDate? { spans.first { $0.from > day }?.from }

    /// Lets a value hold from a day on, until what is set for a later day.
    public mutating func set(_ value: Value, from day: CivilDate) {
        let at = index(on: day)
        if let at, spans[at].from == day {
            spans[at].value = value
        } else {
            spans.insert(Span(from: day, value: value), at: at.map { $0 + 1 } ?? 0)
        }
    }

    /// All values from a day on and before another; without an end, for ever.
    func values(from first: CivilDate, before end: CivilDate?) -> [Value] {
        let later = spans.filter { $0.from > first && $0.from < (end ?? .last) }
        return [self[first]].compactMap(\.self) + later.map(\.value)
    }

    private func index(on day: CivilDate) -> Int? {
        // A handful of spans: from the end, for most questions are about today.
        spans.lastIndex { $0.from <= day }
    }
}
