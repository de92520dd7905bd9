import CaseFlow
import WorkingTime

/// The answer of `due`.
struct DueAnswer: Encodable {
    struct Limit: Encodable {
        let amount: Int
        let unit: String
    }

    struct PauseRow: Encodable {
        let from: String
        /// Nil while it is open.
        let to: String?
    }

    let from: String
    let limit: Limit
    /// The last day, or for limits by the clock the moment, local; nil while a pause is open.
    let due: String?
    let provisional: Bool
    let running: Bool
    /// What is left while a pause is open: working days, calendar days, or minutes.
    let left: Int?
    /// Nil where the hours of service follow no legal calendar.
    let calendar: String?
    let calendarVersion: Int?
    let calendarNotice: String?
    /// `civil` or `half-open`; limits by the clock pause by the moment.
    let pauseCounting: String?
    /// After merging.
    let pauses: [PauseRow]
    let serviceHours: String?
    let derivation: [DerivationText.Step]

    private let text: DerivationText
    private let unit: CaseFlow.Limit.Unit
    private let dueDate: CivilDate?

    enum CodingKeys: String, CodingKey {
        case from, limit, due, provisional, running, left, calendar, calendarVersion, calendarNotice, pauseCounting
        case pauses, serviceHours, derivation
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(from, forKey: .from)
        try container.encode(limit, forKey: .limit)
        // The members that every caller looks at are always there; null says that there is none.
        try container.encode(due, forKey: .due)
        try container.encode(provisional, forKey: .provisional)
        try container.encode(running, forKey: .running)
        try container.encodeIfPresent(left, forKey: .left)
        try container.encode(calendar, forKey: .calendar)
        try container.encode(calendarVersion, forKey: .calendarVersion)
        try container.encodeIfPresent(calendarNotice, forKey: .calendarNotice)
        try container.encodeIfPresent(pauseCounting, forKey: .pauseCounting)
        try container.encode(pauses, forKey: .pauses)
        try container.encodeIfPresent(serviceHours, forKey: .serviceHours)
        try container.encode(derivation, forKey: .derivation)
    }

    init(
        _ derivation: Derivation,
        _ text: DerivationText,
        from: CivilDate,
        count: Int,
        unit: DayLimit.Unit,
        _ pauses: Pauses<CivilDate>,
        _ counting: PauseCountingName
    ) {
        self.unit =
            switch unit {
            case .workingDays: .workingDays
            case .calendarDays: .calendarDays
            case .weeks: .calendarWeeks
            case .months: .calendarMonths
            }
        self.from = from.description
        limit = Limit(amount: count, unit: self.unit.rawValue)
        dueDate = derivation.outcome.dueDate?.date
        due = dueDate?.description
        provisional = derivation.outcome.dueDate?.isProvisional ?? false
        running = dueDate != nil
        if case .notRunning(_, let remaining) = derivation.outcome { left = remaining } else { left = nil }
        calendar = derivation.calendar
        calendarVersion = derivation.version.number
        calendarNotice = derivation.version.label
        pauseCounting = counting.rawValue
        self.pauses = pauses.merged.map { PauseRow(from: $0.start.description, to: $0.end?.description) }
        serviceHours = nil
        self.derivation = text.steps
        self.text = text
    }

    init(
        _ derivation: TimeDerivation,
        _ text: DerivationText,
        from: WallTime,
        minutes: Int,
        _ pauses: Pauses<WallTime>,
        serviceHours: String
    ) {
        unit = .serviceMinutes
        self.from = from.description
        limit = Limit(amount: minutes, unit: unit.rawValue)
        dueDate = nil
        due = derivation.outcome.dueTime?.time.description
        provisional = derivation.outcome.dueTime?.isProvisional ?? false
        running = due != nil
        if case .notRunning(_, let remaining) = derivation.outcome { left = remaining / 60 } else { left = nil }
        calendar = derivation.calendar
        calendarVersion = derivation.version?.number
        calendarNotice = derivation.version?.label
        pauseCounting = nil
        self.pauses = pauses.merged.map { PauseRow(from: $0.start.description, to: $0.end?.description) }
        self.serviceHours = serviceHours
        self.derivation = text.steps
        self.text = text
    }

    private static let weekdays: [(english: String, chinese: String)] = [
        ("Monday", "星期一"), ("Tuesday", "星期二"), ("Wednesday", "星期三"), ("Thursday", "星期四"), ("Friday", "星期五"),
        ("Saturday", "星期六"), ("Sunday", "星期日"),
    ]

    /// The answer in words.
    func lines(_ language: Language) -> [String] {
        let chinese = language == .chinese
        let amount = unit.words(limit.amount, language)
        var lines: [String] = []
        if let due {
            let weekday = dueDate.map { Self.weekdays[$0.weekday.rawValue - 1] }
            let day = weekday.map { chinese ? "（\($0.chinese)）" : ", \($0.english)" } ?? ""
            let mark =
                provisional ? (chinese ? "（暂定：日历尚未公布到这一天）" : " (PROVISIONAL: beyond the published calendar)") : ""
            lines.append((chinese ? "到期：" : "due ") + due + day + mark)
        } else {
            let unit: CaseFlow.Limit.Unit =
                switch self.unit {
                case .workingDays, .serviceMinutes: self.unit
                case .calendarDays, .calendarWeeks, .calendarMonths: .calendarDays
                }
            let rest = unit.words(left ?? 0, language)
            lines.append(chinese ? "时限中止中，剩余 \(rest)" : "not running, \(rest) left")
        }
        var basis = chinese ? "自 \(from) 起 \(amount)" : "\(amount) from \(from)"
        if let calendar, let version = text.calendarVersion {
            basis += chinese ? "；日历 \(calendar) 版本 \(version)" : "; calendar \(calendar), version \(version)"
        }
        if let serviceHours { basis += chinese ? "；服务时间 \(serviceHours)" : "; hours of service \(serviceHours)" }
        if let pauseCounting, !pauses.isEmpty {
            basis += chinese ? "；中止按 \(pauseCounting) 规则计算" : "; pauses counted by the \(pauseCounting) rule"
        }
        lines.append(basis)
        return lines + [""] + text.lines
    }
}
