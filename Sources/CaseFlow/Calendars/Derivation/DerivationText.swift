import WorkingTime

/// A derivation in words: for each step its days, the rule that it rests on, and the reason, in the order of time.
///
/// The library that counts knows no law; the articles come from the caller as a ``Basis``.
public struct DerivationText: Sendable, Hashable, Encodable {
    /// The articles that the steps of a limit rest on; nil where there is none to name.
    public struct Basis: Sendable, Hashable {
        /// The day of the event is not counted.
        public var event: LocalizedText?
        /// What is counted, and how long the limit is.
        public var counted: LocalizedText?
        /// What is paused is not counted.
        public var pause: LocalizedText?
        /// A last day that is a rest day moves.
        public var roll: LocalizedText?
        /// The last day ends at 24:00.
        public var end: LocalizedText?

        /// Articles.
        public init(
            event: LocalizedText? = nil,
            counted: LocalizedText? = nil,
            pause: LocalizedText? = nil,
            roll: LocalizedText? = nil,
            end: LocalizedText? = nil
        ) {
            self.event = event
            self.counted = counted
            self.pause = pause
            self.roll = roll
            self.end = end
        }

        /// No articles.
        public static let none = Basis()

        /// China: Civil Code, articles 201 and 203; limits in working days: Administrative Licensing Law, article 82.
        public static func china(_ unit: DayLimit.Unit?) -> Basis {
            let start = LocalizedText("Civil Code 201", "民法典第201条")
            let end = LocalizedText("Civil Code 203", "民法典第203条")
            let days = LocalizedText("Administrative Licensing Law 82", "行政许可法第82条")
            return Basis(
                event: unit == nil ? nil : start,
                counted: unit == .workingDays ? days : nil,
                pause: unit == nil ? nil : start,
                roll: end,
                end: end
            )
        }
    }

    /// One step in words.
    public struct Step: Sendable, Hashable, Encodable {
        /// `event`, `months`, `counted`, `make-up`, `weekend`, `holiday`, `paused`, `horizon`, `closed`, `rolled`,
        /// `stopped` or `due`.
        public let kind: String
        /// Its first and its last day, or moment; the same for a single one. ISO 8601, local.
        public let date, until: String
        /// The running numbers of the counted days.
        public let first, last: Int?
        /// The article, or the calendar.
        public let rule: String?
        /// What happens on these days, and why.
        public let reason: String
    }

    /// The calendar's name; nil where none counts.
    public let calendar: String?
    /// `15 (国办发明电〔2025〕7号)`; nil where no calendar counts.
    public let calendarVersion: String?
    /// In the order of time.
    public let steps: [Step]

    /// A limit in days in words.
    public init(_ derivation: Derivation, of unit: DayLimit.Unit, basis: Basis, language: Language) {
        let calendar = derivation.calendar
        self.calendar = calendar
        calendarVersion = derivation.version.description
        let words = Words(language: language)
        let rule = words.calendar(calendar, derivation.version)
        let counted = unit == .workingDays
        var steps: [Step] = []
        func add(
            _ kind: String,
            _ days: ClosedRange<CivilDate>,
            _ rule: String?,
            numbers: ClosedRange<Int>? = nil,
            _ reason: String
        ) {
            steps.append(
                Step(
                    kind: kind,
                    date: days.lowerBound.description,
                    until: days.upperBound.description,
                    first: numbers?.lowerBound,
                    last: numbers?.upperBound,
                    rule: rule,
                    reason: reason
                )
            )
        }
        for step in derivation.steps {
            switch step {
            case .event(let date): add("event", date...date, basis.event?[language], words.event)
            case .months(let count, let end, let days, let isClamped):
                add("months", end...end, basis.counted?[language], words.months(count, days, isClamped))
            case .counted(let days, let numbers):
                let reason = words.counted(numbers, isWorkingDays: counted)
                add("counted", days, basis.counted?[language], numbers: numbers, reason)
            case .makeUp(let date, let number, let name):
                add("make-up", date...date, rule, numbers: number...number, words.makeUp(number, name))
            case .weekend(let days): add("weekend", days, rule, words.weekend)
            case .holiday(let days, let name): add("holiday", days, rule, words.holiday(name))
            case .paused(let days, let pause, let excluded):
                let reason = words.paused(pause, excluded, derivation.counting, isWorkingDays: counted)
                add("paused", days, basis.pause?[language], reason)
            case .horizonPassed(let date): add("horizon", date...date, rule, words.horizon(calendar))
            case .rolled(let from, let to, let roll):
                // A roll may go back.
                add("rolled", min(from, to)...max(from, to), basis.roll?[language], words.rolled(to, roll))
            case .stopped(let since, let left):
                add("stopped", since...since, basis.pause?[language], words.stopped(left, isWorkingDays: counted))
            case .due(let due):
                add("due", due.date...due.date, basis.end?[language], words.due(isProvisional: due.isProvisional))
            }
        }
        self.steps = steps
    }

    /// A limit by the clock in words.
    public init(_ derivation: TimeDerivation, basis: Basis, language: Language) {
        calendar = derivation.calendar
        calendarVersion = derivation.version?.description
        let words = Words(language: language)
        let rule = derivation.version.flatMap { version in derivation.calendar.map { words.calendar($0, version) } }
        var steps: [Step] = []
        func add(
            _ kind: String,
            _ from: some CustomStringConvertible,
            _ to: some CustomStringConvertible,
            _ rule: String?,
            _ reason: String
        ) {
            steps.append(
                Step(kind: kind, date: "\(from)", until: "\(to)", first: nil, last: nil, rule: rule, reason: reason)
            )
        }
        for step in derivation.steps {
            switch step {
            case .event(let time): add("event", time, time, basis.event?[language], words.eventTime)
            case .counted(let times, let used):
                let reason = words.countedTime(times.lowerBound.seconds(to: times.upperBound), used: used)
                add("counted", times.lowerBound, times.upperBound, basis.counted?[language], reason)
            case .paused(let times, let pause):
                let reason = words.pausedTime(pause, times.lowerBound.seconds(to: times.upperBound))
                add("paused", times.lowerBound, times.upperBound, basis.pause?[language], reason)
            case .closed(let days): add("closed", days.lowerBound, days.upperBound, rule, words.closed)
            case .horizonPassed(let date): add("horizon", date, date, rule, words.horizon(derivation.calendar ?? ""))
            case .stopped(let since, let left):
                add("stopped", since, since, basis.pause?[language], words.stoppedTime(left))
            case .due(let due):
                let reason = words.dueTime(isProvisional: due.isProvisional)
                add("due", due.time, due.time, nil, reason)
            }
        }
        self.steps = steps
    }

    /// One line for each step: days, reason, rule.
    public var lines: [String] {
        let spans = steps.map { $0.date == $0.until ? $0.date : "\($0.date)..\($0.until)" }
        let width = spans.map(\.utf8.count).max() ?? 0
        return zip(spans, steps).map { span, step in
            let rule = step.rule.map { "  [\($0)]" } ?? ""
            return span + String(repeating: " ", count: width - span.utf8.count) + "  \(step.reason)\(rule)"
        }
    }
}
