import Foundation
import WorkingTime

/// Reads feeds of public holidays in iCalendar (RFC 5545): events of whole days.
///
/// - Folded lines are joined (3.1). DTSTART is a date (3.3.4); DTEND is the day after the last (3.6.1); without it the
///   event has one day, or as many as DURATION says. SUMMARY is the name.
/// - What is no event of whole days, is cancelled or comes back by a rule (RRULE, RDATE) is passed over, with a remark.
/// - Chinese feeds hold make-up days too. A day is worked when the event has `X-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY` or
///   its summary has one of 班 (补班, 调休上班, （班）), "make-up", "workday" or "working day". It is off when it has
///   `X-APPLE-SPECIAL-DAY:WORK-HOLIDAY`, or 休, 放假 or 假期 in its summary. An event without any such mark is off, too,
///   unless other events of the feed bear marks of days off: then it is a day of remembrance, passed over with a remark.
/// - The mark is not part of the name: "春节（休）" and "春节 假期 第1天/共9天" are 春节.
enum ICalendarReader {
    struct Event {
        let line: Int
        var properties: [String: (value: String, parameters: String, line: Int)] = [:]
    }

    private enum Mark { case off, work, none }

    static func read(_ text: String) throws(CalendarTextError) -> (
        days: [CalendarFile.Day], remarks: [CalendarTextError]
    ) {
        let events = try events(text)
        var remarks: [CalendarTextError] = []
        var found: [(event: Event, days: ClosedRange<CivilDate>, mark: Mark, name: String)] = []
        for event in events {
            let summary = unescaped(event.properties["SUMMARY"]?.value ?? "")
            func pass(_ why: String) {
                remarks.append(
                    CalendarTextError(line: event.line, what: "\"\(summary.prefix(60))\" is left out: \(why)")
                )
            }
            if event.properties["STATUS"]?.value.uppercased() == "CANCELLED" {
                pass("it is cancelled")
            } else if event.properties["RRULE"] != nil || event.properties["RDATE"] != nil {
                pass("it comes back by a rule; give each day as an event of its own")
            } else if let days = try days(of: event) {
                found.append((event, days, mark(of: event, summary), name(summary)))
            } else {
                pass("it is not an event of whole days")
            }
        }
        let marksDaysOff = found.contains { $0.mark == .off }
        var days: [CalendarFile.Row] = []
        for item in found {
            if item.mark == .none, marksDaysOff {
                let why = "other days off are marked as such (休), this one is not"
                remarks.append(
                    CalendarTextError(line: item.event.line, what: "\"\(item.name.prefix(60))\" is left out: \(why)")
                )
                continue
            }
            let count = item.days.lowerBound.days(to: item.days.upperBound)
            for date in (0...count).compactMap({ item.days.lowerBound.adding(days: $0) }) {
                let exception = DayException(date, item.mark == .work ? .makeUp : .holiday, name: item.name)
                days.append(CalendarFile.Row(date: date, change: .exception(exception), line: item.event.line))
            }
        }
        remarks.sort { $0.line < $1.line }
        return (try CalendarFile.Listing(days).days, remarks)
    }

    /// The events, each with the line of its BEGIN. Parts within an event (alarms) are passed over.
    private static func events(_ text: String) throws(CalendarTextError) -> [Event] {
        var events: [Event] = []
        var event: Event?
        var inner: [String] = []
        var isCalendar = false
        for (line, content) in unfolded(text) {
            guard let colon = valueStart(content) else {
                throw CalendarTextError(line: line, what: "there is no ':' in this line; is the file iCalendar?")
            }
            let head = content[..<colon]
            let value = String(content[content.index(after: colon)...])
            let name = head.prefix { $0 != ";" }.uppercased()
            switch (name, value.uppercased()) {
            case ("BEGIN", "VCALENDAR"): isCalendar = true
            case ("BEGIN", "VEVENT") where event == nil: event = Event(line: line)
            case ("END", "VEVENT") where inner.isEmpty:
                guard let ended = event else { throw CalendarTextError(line: line, what: "END without BEGIN") }
                events.append(ended)
                event = nil
            case ("BEGIN", let part) where event != nil: inner.append(part)
            case ("END", let part) where inner.last == part: inner.removeLast()
            default:
                guard inner.isEmpty, event != nil else { break }
                event?.properties[name] = (value.trimmed, String(head.dropFirst(name.count)).uppercased(), line)
            }
        }
        guard isCalendar else { throw CalendarTextError(line: 1, what: "it does not begin with BEGIN:VCALENDAR") }
        if let event { throw CalendarTextError(line: event.line, what: "the event is not ended; the file is cut off") }
        return events
    }

    /// Logical lines with the number of their first physical line (RFC 5545, 3.1).
    private static func unfolded(_ text: String) -> [(line: Int, content: String)] {
        var lines: [(line: Int, content: String)] = []
        var number = 0
        for raw in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            if let first = raw.first, first == " " || first == "\t", !lines.isEmpty {
                lines[lines.count - 1].content += raw.dropFirst()
            } else if !raw.allSatisfy(\.isWhitespace) {
                lines.append((number, String(raw)))
            }
        }
        return lines
    }

    /// The colon before the value: the first outside quotes.
    private static func valueStart(_ content: String) -> String.Index? {
        var isQuoted = false
        return content.indices.first { index in
            if content[index] == "\"" { isQuoted.toggle() }
            return !isQuoted && content[index] == ":"
        }
    }

    /// The days of an event; nil when it does not take whole days.
    private static func days(of event: Event) throws(CalendarTextError) -> ClosedRange<CivilDate>? {
        guard let start = event.properties["DTSTART"] else {
            throw CalendarTextError(line: event.line, what: "the event has no DTSTART")
        }
        guard let first = try date(start) else { return nil }
        guard let end = event.properties["DTEND"] else {
            guard let duration = event.properties["DURATION"] else { return first...first }
            guard let count = wholeDays(duration.value) else { return nil }
            return first...(first.adding(days: count - 1) ?? first)
        }
        guard let after = try date(end) else { return nil }
        // Some feeds give the same day for both and mean that day.
        if after == first { return first...first }
        guard after > first, first.days(to: after) <= 366, let last = after.adding(days: -1) else {
            throw CalendarTextError(line: end.line, what: "DTEND \(after) is not a day after DTSTART \(first)")
        }
        return first...last
    }

    /// A date (`20260101`); nil for a time of day.
    private static func date(_ property: (value: String, parameters: String, line: Int)) throws(CalendarTextError)
        -> CivilDate?
    {
        let digits = property.value
        if digits.utf8.count > 8, digits.contains("T") { return nil }
        guard digits.utf8.count == 8, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
            throw CalendarTextError(
                line: property.line,
                what: "\"\(digits.prefix(40))\" is not a date such as 20260101"
            )
        }
        do throws(CivilDate.Invalid) {
            return try CivilDate("\(digits.prefix(4))-\(digits.dropFirst(4).prefix(2))-\(digits.suffix(2))")
        } catch {
            throw CalendarTextError(line: property.line, what: error.description)
        }
    }

    /// `P3D` or `P1W` in days (3.3.6); nil for anything else.
    private static func wholeDays(_ duration: String) -> Int? {
        guard duration.hasPrefix("P"), let unit = duration.last, let count = Int(duration.dropFirst().dropLast()),
            (1...366).contains(count)
        else { return nil }
        return unit == "D" ? count : unit == "W" ? count * 7 : nil
    }

    private static func mark(of event: Event, _ summary: String) -> Mark {
        switch event.properties["X-APPLE-SPECIAL-DAY"]?.value.uppercased() {
        case "ALTERNATE-WORKDAY": return .work
        case "WORK-HOLIDAY": return .off
        default: break
        }
        let text = summary.lowercased()
        if ["班", "make-up", "workday", "working day"].contains(where: { text.contains($0) }) { return .work }
        return ["休", "放假", "假期"].contains { text.contains($0) } ? .off : .none
    }

    /// Words that say what a day is, not what it is called; the longer first.
    private static let marks = ["调休上班", "调休", "补班", "上班", "假期", "放假", "休息", "休", "班", "补", "make-up day", "make-up"]

    private static func name(_ summary: String) -> String {
        var name = summary
        if let day = name.range(of: "第"), name[day.lowerBound...].contains("天") {
            name = String(name[..<day.lowerBound])
        }
        for mark in marks {
            while let range = name.range(of: mark) { name.removeSubrange(range) }
        }
        for bracket in ["（）", "()", "[]", "【】", "「」"] {
            while let range = name.range(of: bracket) { name.removeSubrange(range) }
        }
        let trimmed = name.trimmed
        return trimmed.isEmpty ? summary.trimmed : trimmed
    }

    private static func unescaped(_ text: String) -> String {
        var result = ""
        var isEscaped = false
        for character in text {
            if isEscaped {
                result.append(character == "n" || character == "N" ? " " : character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else {
                result.append(character)
            }
        }
        return result
    }
}
