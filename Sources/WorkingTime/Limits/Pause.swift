/// A time during which a limit does not run: between days (`Pause<CivilDate>`) or moments (`Pause<WallTime>`).
public struct Pause<Point: Comparable & Hashable & Sendable>: Sendable, Hashable {
    /// The day or moment at which the limit stops running.
    public let start: Point
    /// The day or moment at which it runs again; `nil` while the pause is open.
    public let end: Point?

    /// The limit is resumed before it is paused.
    public struct ResumedBeforePaused: Error, Sendable, Hashable, CustomStringConvertible {
        /// Where the pause begins.
        public let start: Point
        /// Where it is said to end.
        public let end: Point

        /// What is wrong.
        public var description: String { "the limit is resumed at \(end), before it is paused at \(start)" }
    }

    /// A pause that has ended.
    public init(_ start: Point, to end: Point) throws(ResumedBeforePaused) {
        if end < start { throw ResumedBeforePaused(start: start, end: end) }
        self.start = start
        self.end = end
    }

    /// A pause that is still open.
    public init(openSince start: Point) {
        self.start = start
        end = nil
    }
}

/// Which days of a pause from day p to day r are not counted.
public enum PauseCounting: String, Sendable, Hashable, CaseIterable {
    /// The days d with p < d <= r: the day of an event is never counted (Civil Code of the PRC, article 201), so the day
    /// of the pause still counts, and the day of the resumption does not.
    case civil
    /// The days d with p <= d < r.
    case halfOpen
}

/// Pauses in order, without overlaps: what counting needs, made once.
///
/// Overlapping and touching pauses become one, which no counting rule can tell from the two; a pause that is resumed at
/// its own start excludes nothing and falls away. An open pause swallows all that start later.
public struct Pauses<Point: Comparable & Hashable & Sendable>: Sendable, Hashable {
    /// In order; each ends before the next starts; only the last can be open.
    public let merged: [Pause<Point>]

    /// No pause.
    public init() {
        merged = []
    }

    /// Any pauses, in any order.
    public init(_ pauses: some Sequence<Pause<Point>>) {
        var merged: [Pause<Point>] = []
        for pause in pauses.sorted(by: { $0.start < $1.start }) where pause.start != pause.end {
            guard let last = merged.last else {
                merged.append(pause)
                continue
            }
            guard let lastEnd = last.end else { break }
            if pause.start > lastEnd {
                merged.append(pause)
            } else if let end = pause.end {
                if end > lastEnd { merged[merged.count - 1] = Pause(validStart: last.start, end: end) }
            } else {
                merged[merged.count - 1] = Pause(openSince: last.start)
            }
        }
        self.merged = merged
    }

    /// Whether there is none.
    public var isEmpty: Bool { merged.isEmpty }

    /// The start of the pause that is still open.
    public var openSince: Point? { merged.last.flatMap { $0.end == nil ? $0.start : nil } }
}

extension Pause {
    fileprivate init(validStart start: Point, end: Point) {
        self.start = start
        self.end = end
    }
}

extension Pause<CivilDate> {
    /// The days that the rule does not count, as days since 1970-01-01; `last` is nil while the pause is open. Empty
    /// (`last < first`) when the pause excludes nothing.
    func excluded(_ counting: PauseCounting) -> (first: Int, last: Int?) {
        switch counting {
        case .civil: (start.daysSinceEpoch + 1, end?.daysSinceEpoch)
        case .halfOpen: (start.daysSinceEpoch, end.map { $0.daysSinceEpoch - 1 })
        }
    }
}
