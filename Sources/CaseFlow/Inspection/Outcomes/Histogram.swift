/// How many times each whole number was seen.
public struct Histogram: Sendable, Hashable {
    private var counts: [Int: Int] = [:]

    /// Nothing was seen.
    public init() {}

    /// How many numbers were seen.
    public var total: Int { counts.values.reduce(0, +) }

    /// Their sum.
    public var sum: Int { counts.reduce(0) { $0 + $1.key * $1.value } }

    /// Their arithmetic mean; nil where none was seen.
    public var mean: Double? { total == 0 ? nil : Double(sum) / Double(total) }

    /// Sees a number so many times more.
    public mutating func add(_ number: Int, times: Int) { counts[number, default: 0] += times }

    /// How often a number was seen.
    public subscript(_ number: Int) -> Int { counts[number] ?? 0 }

    /// How many numbers of a range were seen.
    public func count(in range: some RangeExpression<Int>) -> Int {
        counts.reduce(0) { range.contains($1.key) ? $0 + $1.value : $0 }
    }

    /// The smallest number that at least so much of all does not exceed (nearest rank): 0.5 is the median. Nil where none was
    /// seen.
    public func quantile(_ share: Double) -> Int? {
        let rank = max(1, Int((share * Double(total)).rounded(.up)))
        var seen = 0
        for (number, times) in counts.sorted(by: { $0.key < $1.key }) {
            seen += times
            if seen >= rank { return number }
        }
        return nil
    }
}
