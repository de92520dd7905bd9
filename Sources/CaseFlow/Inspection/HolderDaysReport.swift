import Foundation
import WorkingTime

/// Whose the days of a case were, in the form in which commands and services hand it out.
public struct HolderDaysReport: Sendable, Encodable {
    /// Days in a row of one holder.
    public struct Span: Sendable, Encodable {
        /// `window`, `citizen`, `reviewer`, …
        public let holder: String
        /// Where, who, and the A for whom a B acted; nil where the record does not say.
        public let unit, officer, actingFor: String?
        /// The first and the last day counted; ISO 8601.
        public let from, through: String
        /// How many days were counted.
        public let days: Int
        /// The positions of the events that began and ended it; nil while it lasts.
        public let begunBy: Int64
        /// Nil while it lasts.
        public let endedBy: Int64?
    }

    /// One count of days.
    public struct Split: Sendable, Encodable {
        /// The clock; nil for the whole case.
        public let clock: String?
        /// The stage or material that it watches.
        public let stage: String?
        /// Which start of it, from 1.
        public let ordinal: Int
        /// `working-days`, `calendar-days`, …
        public let unit: String
        /// Day 0, and the last day that was looked at; ISO 8601.
        public let startedOn, through: String
        /// Whether it goes on.
        public let isOpen: Bool
        /// `used + overdue`, which the spans add up to.
        public let days: Int
        /// Of the limit, and behind its due date.
        public let used, overdue: Int
        /// In the order of the days.
        public let spans: [Span]

        init(_ split: HolderDays.Split) {
            clock = split.clock?.rawValue
            (stage, ordinal, unit) = (split.stage, split.ordinal, split.unit.rawValue)
            (startedOn, through) = (split.startedOn.description, split.through.description)
            (isOpen, days, used, overdue) = (split.isOpen, split.days, split.used, split.overdue)
            spans = split.spans.map { span in
                Span(
                    holder: span.holder.kind.rawValue,
                    unit: span.holder.unit?.rawValue,
                    officer: span.holder.officer?.rawValue,
                    actingFor: span.holder.actingFor?.rawValue,
                    from: span.from.description,
                    through: span.through.description,
                    days: span.days,
                    begunBy: span.begunBy,
                    endedBy: span.endedBy
                )
            }
        }
    }

    /// The case's number.
    public let `case`: String?
    /// The day at whose end it was counted, ISO 8601.
    public let asOf: String
    /// The case from its receipt to its end; nil where only a clock was asked for.
    public let whole: Split?
    /// Its clocks that count days.
    public let clocks: [Split]
    private let days: HolderDays

    private enum CodingKeys: String, CodingKey { case `case`, asOf, whole, clocks }

    /// A report.
    public init(_ days: HolderDays, number: CaseNumber?, asOf day: CivilDate, onlyClocks: Bool = false) {
        self.days = days
        `case` = number?.rawValue
        asOf = day.description
        whole = onlyClocks ? nil : Split(days.whole)
        clocks = days.clocks.map(Split.init)
    }

    /// For people: the days of the whole case one below the other, and each clock in a line.
    public func text(_ language: Language) -> String {
        let isChinese = language == .chinese
        var lines: [String] = []
        if whole != nil {
            lines.append(headline(days.whole, language))
            for span in days.whole.spans {
                let end = span.endedBy.map { "-\($0)" } ?? (isChinese ? " 起" : " on")
                let events = isChinese ? "事件 \(span.begunBy)\(end)" : "events \(span.begunBy)\(end)"
                lines.append(
                    "  \(span.from)..\(span.through)  \(Self.pad(span.days))  \(span.holder.words(language))  (\(events))"
                )
            }
        }
        for split in days.clocks {
            lines.append(headline(split, language))
            for part in split.parts { lines.append("  \(Self.pad(part.days))  \(part.holder.words(language))") }
        }
        return lines.joined(separator: "\n")
    }

    private func headline(_ split: HolderDays.Split, _ language: Language) -> String {
        let whole = language == .chinese ? "全程" : "whole case"
        let name = split.clock.map { clock in
            // A stage's clock is named by the stage, another one that starts again by its number.
            split.stage.map { "\(clock) \($0)" } ?? (split.ordinal > 1 ? "\(clock) \(split.ordinal)" : "\(clock)")
        }
        let unit = split.clock != nil && split.unit != .workingDays ? Limit.Unit.calendarDays : split.unit
        let days = unit.words(split.days, language)
        let state =
            switch (split.isOpen, language) {
            case (true, .chinese): "起，计至 \(split.through)"
            case (true, .english): "so far, through \(split.through)"
            case (false, .chinese): "起至 \(split.through) 止"
            case (false, .english): "until \(split.through)"
            }
        let late =
            split.overdue == 0
            ? "" : language == .chinese ? "，其中超期 \(split.overdue)" : ", \(split.overdue) of them overdue"
        return language == .chinese
            ? "\(name ?? whole)：\(days)\(late)，自 \(split.startedOn) \(state)"
            : "\(name ?? whole): \(days)\(late), \(split.startedOn) \(state)"
    }

    private static func pad(_ days: Int) -> String {
        String(repeating: " ", count: days < 10 ? 2 : days < 100 ? 1 : 0) + "\(days)"
    }
}

extension CaseClocks {
    /// A reader by the calendars of a log.
    public init(_ rules: RulePack, zone: TimeZone, calendars: CalendarBook) {
        self.init(rules, zone: zone) { code, moment in
            try calendars.serviceState(code, knownAt: moment)
        } calendar: { moment in
            try rules.calendar.map { try calendars.calendar($0, knownAt: moment) }
        }
    }
}
