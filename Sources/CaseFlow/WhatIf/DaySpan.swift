import WorkingTime

/// A period of local days, as people write it: `2026`, `2026-03`, `2026-03-05`, or two of these with `..` between them.
public struct DaySpan: Sendable, Hashable, CustomStringConvertible {
    /// Why a text is no period.
    public struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// What was wrong and what would be right.
        public let description: String
    }

    /// The first and the last day; the first is not later.
    public let first, last: CivilDate

    /// The days of a period; nil where the first lies behind the last.
    public init?(_ first: CivilDate, _ last: CivilDate) {
        guard first <= last else { return nil }
        (self.first, self.last) = (first, last)
    }

    /// Reads `2026`, `2026-03`, `2026-03-05`, `2026-01..2026-06`.
    public init(_ text: String) throws(Invalid) {
        var parts: [(first: CivilDate, last: CivilDate)] = []
        var rest = Substring(text)
        while let found = rest.firstRange(of: "..") {
            parts.append(try Self.part(rest[..<found.lowerBound]))
            rest = rest[found.upperBound...]
        }
        parts.append(try Self.part(rest))
        guard parts.count <= 2, let first = parts.first?.first, let last = parts.last?.last else {
            throw Self.invalid(text)
        }
        guard let span = DaySpan(first, last) else {
            throw Invalid(description: "'\(text)' is an empty period: its first day lies behind its last")
        }
        self = span
    }

    private static func invalid(_ text: some StringProtocol) -> Invalid {
        Invalid(description: "'\(text)' is no period: write 2026, 2026-03, 2026-03-05 or 2026-01-01..2026-06-30")
    }

    /// The first and the last day of what is written.
    private static func part(_ text: Substring) throws(Invalid) -> (first: CivilDate, last: CivilDate) {
        let isWhole = text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == 0x2d }
        switch text.utf8.count {
        case 4 where isWhole:
            if let first = try? CivilDate("\(text)-01-01"), let last = try? CivilDate("\(text)-12-31") {
                return (first, last)
            }
        case 7 where isWhole:
            if let first = try? CivilDate("\(text)-01") {
                // 31 days on is the next month, whichever it is; the last month of all ends with the last day of all.
                let next = first.adding(days: 31)?.firstOfMonth
                return (first, next?.adding(days: -1) ?? .last)
            }
        case 10 where isWhole:
            if let day = try? CivilDate(String(text)) { return (day, day) }
        default: break
        }
        throw invalid(text)
    }

    /// Whether a day is one of them.
    public func contains(_ day: CivilDate) -> Bool { first <= day && day <= last }

    /// `2026-01-01..2026-06-30`, or the day alone.
    public var description: String { first == last ? first.description : "\(first)..\(last)" }
}

extension CivilDate {
    /// The first day of its month.
    fileprivate var firstOfMonth: CivilDate { adding(days: 1 - day) ?? self }
}
