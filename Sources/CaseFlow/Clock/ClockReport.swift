import EventStore
import WorkingTime

/// The clocks of a case in the form in which commands and services hand them out.
public struct ClockReport: Sendable, Encodable {
    /// One step of a derivation.
    public struct Step: Sendable, Encodable {
        /// The day, or for minutes of service the local moment; ISO 8601.
        public let date: String
        /// The article or rule, in the language asked for.
        public let rule: String
        /// Why, in the language asked for.
        public let reason: String
        /// The legal calendar and its version, where it mattered.
        public let calendarVersion: String?
    }

    /// One clock.
    public struct Clock: Sendable, Encodable {
        /// Its name, and for people.
        public let clock, title: String
        /// The stage that it watches.
        public let stage: String?
        /// Which start of it, from 1.
        public let ordinal: Int
        /// The article, in the language asked for.
        public let article: String
        /// Day 0, ISO 8601.
        public let startedOn: String
        /// The local moment of its start, of a limit in minutes of service; ISO 8601.
        public let startedAt: String?
        /// `20 working-days`, extensions included.
        public let limit: String
        /// The last day, or for minutes of service the local moment; ISO 8601; nil while it stands still.
        public let due: String?
        /// Whether a calendar that is still to come can move it.
        public let provisional: Bool
        /// `running`, `suspended`, `stopped` or `lapsed`, and since or on which day.
        public let state: String
        /// A day, or for minutes of service a local moment; ISO 8601; nil while it runs.
        public let since: String?
        /// In days of its unit, or in whole minutes of service.
        public let used, left, overdue: Int
        /// `green`, `yellow` or `red`.
        public let light: String
        /// The rungs of its ladder that are reached.
        public let rungs: [String]
        /// The legal calendar and its version.
        public let calendar: String?
        /// The service calendar and which setting of it, `hall 2`; nil for a limit in days.
        public let serviceCalendar: String?
        /// How it came about.
        public let derivation: [Step]
        /// How its days or minutes were counted, run by run.
        public let count: DerivationText?
    }

    /// The case's number.
    public let `case`: String?
    /// The day at whose end limits in days were read, ISO 8601.
    public let asOf: String
    /// The moment at which limits in minutes of service were read; RFC 3339 with the centre's offset.
    public let asOfMoment: String
    /// What had been recorded by this moment counts; RFC 3339, UTC.
    public let knownAt: String
    /// The rules that it goes by: name and version.
    public let rules: String?
    /// Its clocks, in the order of the rules.
    public let clocks: [Clock]

    /// The report of readings, its reasons in one language.
    public init(
        _ history: CaseHistory,
        _ readings: [ClockReading],
        asOf: ZonedTime,
        knownAt: Timestamp,
        _ language: Language
    ) {
        `case` = history.state.number?.rawValue
        self.asOf = asOf.localDate.description
        asOfMoment = asOf.description
        self.knownAt = knownAt.description
        rules = history.state.progress.pin?.name
        clocks = readings.map { Clock($0, language) }
    }

    /// For people, clock after clock.
    public func text(_ language: Language) -> String {
        let isChinese = language == .chinese
        // `2026-02-10T09:05`: seconds matter to nobody who reads this.
        let asOf = clocks.contains { $0.serviceCalendar != nil } ? String(asOfMoment.prefix(16)) : asOf
        var lines = [
            isChinese
                ? "办件 \(self.case ?? "-")，截至 \(asOf)，依据规则 \(rules ?? "-")"
                : "case \(self.case ?? "-") as of \(asOf), by the rules \(rules ?? "-")"
        ]
        for clock in clocks {
            lines.append("")
            lines.append(clock.headline(isChinese))
            for step in clock.derivation { lines.append("  \(step.date)  [\(step.rule)] \(step.reason)") }
            if let count = clock.count {
                lines.append(clock.countTitle(isChinese))
                lines += count.lines.map { "    \($0)" }
            }
        }
        return lines.joined(separator: "\n")
    }
}

extension ClockReport.Clock {
    fileprivate init(_ reading: ClockReading, _ language: Language) {
        clock = reading.rule.name.rawValue
        title = reading.rule.title[language]
        stage = reading.stage
        ordinal = reading.ordinal
        article = reading.article[language]
        startedOn = reading.startedOn.description
        startedAt = reading.service == nil ? nil : reading.startedAt.description
        limit = reading.limit.description
        due = reading.due?.point.description
        provisional = reading.due?.isProvisional ?? false
        switch reading.phase {
        case .running: (state, since) = ("running", nil)
        case .suspended(let point, _): (state, since) = ("suspended", point.description)
        case .stopped(let point): (state, since) = ("stopped", point.description)
        case .lapsed(let date): (state, since) = ("lapsed", date.description)
        }
        (used, left, overdue) = (reading.usage.used, reading.usage.left, reading.usage.overdue)
        light = reading.light.rawValue
        rungs = reading.rungs
        let version = reading.calendar.map { "\($0.code) \($0.version)" }
        calendar = version
        serviceCalendar = reading.service.map { "\($0.code) \($0.version)" }
        derivation = (reading.derivation?.steps ?? []).map {
            .init(
                date: $0.at.description,
                rule: $0.rule[language],
                reason: $0.reason[language],
                calendarVersion: version
            )
        }
        count = reading.derivation?.words(language)
    }

    fileprivate func headline(_ isChinese: Bool) -> String {
        let name = stage.map { "\(title) “\($0)”" } ?? title
        let lights = ["green": "绿灯", "yellow": "黄灯", "red": "红灯"]
        if isChinese {
            let states = ["running": "计时中", "suspended": "中止计时", "stopped": "已停止", "lapsed": "逾期"]
            let unit = serviceCalendar == nil ? "" : " 分钟"
            let end = serviceCalendar == nil ? "到期日" : "到期时间"
            let due = due.map { "\(end) \($0)\(provisional ? "（暂定）" : "")" } ?? "暂无\(end)"
            let day = since.map { " \($0)" } ?? ""
            let budget = "已用 \(used)\(unit)，剩余 \(left)\(unit)"
            return "\(name)：\(due)，\(states[state] ?? state)\(day)，\(budget)，\(lights[light] ?? light)"
        }
        let due = due.map { "due \($0)\(provisional ? " (provisional)" : "")" } ?? "no due date"
        let day = since.map { " \($0)" } ?? ""
        let unit = serviceCalendar == nil ? "" : " min"
        return "\(name): \(due), \(state)\(day), \(used)\(unit) used, \(left)\(unit) left, \(light)"
    }

    fileprivate func countTitle(_ isChinese: Bool) -> String {
        let legal = calendar.map { isChinese ? "日历 \($0)" : "calendar \($0)" }
        let service = serviceCalendar.map { isChinese ? "服务日历 \($0)" : "service calendar \($0)" }
        let all = [service, legal].compactMap { $0 }.joined(separator: isChinese ? "；" : "; ")
        let basis = all.isEmpty ? "" : isChinese ? "（\(all)）" : " (\(all))"
        return isChinese ? "  计算过程\(basis)：" : "  The \(service == nil ? "days" : "minutes")\(basis):"
    }
}
