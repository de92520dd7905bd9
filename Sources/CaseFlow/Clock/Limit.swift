/// A length of time as rules state it: `20 working-days`.
public struct Limit: Sendable, Hashable, CustomStringConvertible {
    /// In what it is counted.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Days on which the legal calendar works (工作日); Licensing Law art. 82.
        case workingDays = "working-days"
        /// All days (自然日).
        case calendarDays = "calendar-days"
        /// Weeks of seven days, whatever they hold.
        case calendarWeeks = "calendar-weeks"
        /// Months; the last day where a month has no such day.
        case calendarMonths = "calendar-months"
        /// Minutes of the centre's service hours, for items that are settled on the spot (即办件).
        case serviceMinutes = "service-minutes"

        /// `day` or `days`, …: the word in a sentence.
        public func words(_ amount: Int, _ language: Language) -> String {
            if language == .chinese {
                return switch self {
                case .workingDays: "\(amount) 个工作日"
                case .calendarDays: "\(amount) 个自然日"
                case .calendarWeeks: "\(amount) 周"
                case .calendarMonths: "\(amount) 个月"
                case .serviceMinutes: "\(amount) 分钟（服务时间）"
                }
            }
            let words = rawValue.split(separator: "-").joined(separator: " ")
            return "\(amount) \(amount == 1 ? String(words.dropLast()) : words)"
        }
    }

    /// How many. 0...100,000.
    public let amount: Int
    /// Of what.
    public let unit: Unit

    /// The most that a limit may have: beyond it, it is a mistake.
    public static let maximum = 100_000

    /// A limit; nil when the amount is not in 0...100,000.
    public init?(_ amount: Int, _ unit: Unit) {
        guard (0...Self.maximum).contains(amount) else { return nil }
        (self.amount, self.unit) = (amount, unit)
    }

    /// Parses `20 working-days`; `1 working-day` is understood too. Nil for anything else.
    public init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count == 2, let amount = Int(words[0]),
            let unit = Unit(rawValue: String(words[1])) ?? Unit(rawValue: words[1] + "s")
        else { return nil }
        self.init(amount, unit)
    }

    /// Whether it is longer than another one for certain, whatever the calendar. How many days of the calendar some
    /// working days take is not known, so more of them than the other limit has days are longer and fewer are not judged;
    /// minutes of service are longer than days only where whole days have fewer minutes.
    func isLonger(than other: Limit) -> Bool {
        if unit == other.unit { return amount > other.amount }
        if other.unit == .workingDays, unit != .serviceMinutes { return false }
        return fewestMinutes > other.mostMinutes
    }

    private var fewestMinutes: Int { amount * (unit == .calendarMonths ? 28 * 1440 : minutesOfOne) }
    private var mostMinutes: Int { amount * minutesOfOne }

    /// The most that one of the unit has; of a working day, the minutes of that day.
    private var minutesOfOne: Int {
        switch unit {
        case .serviceMinutes: 1
        case .workingDays, .calendarDays: 1440
        case .calendarWeeks: 7 * 1440
        case .calendarMonths: 31 * 1440
        }
    }

    /// `20 working-days`
    public var description: String { "\(amount) \(unit.rawValue)" }
}
