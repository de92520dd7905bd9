import WorkingTime

/// A calendar's text cannot be read: the line, and what is wrong with it.
public struct CalendarTextError: Error, Sendable, Hashable, CustomStringConvertible {
    /// Counted from 1.
    public let line: Int
    /// What is wrong, and what would be right.
    public let what: String

    /// `line 12: 2026-02-30 is not a date`.
    public var description: String { "line \(line): \(what)" }
}

extension CalendarHistory {
    /// Reads the project's own form of calendars, which `cn.calendar` explains at its head: a line says one thing.
    public init(parsing text: String) throws(CalendarTextError) {
        let read = try CalendarTextReader.read(text, needsName: true)
        var history = CalendarHistory(code: read.code ?? "", week: read.week ?? .mondayToFriday)
        for block in read.blocks {
            do throws(CalendarHistory.Invalid) {
                try history.append(
                    CalendarHistory.Entry(
                        year: block.year,
                        knownSince: block.knownSince,
                        notice: block.notice,
                        changes: block.changes
                    )
                )
            } catch {
                var line = block.line
                switch error {
                case .twice(let date), .notPublished(let date), .noException(let date):
                    line = block.line(of: date) ?? line
                case .order, .publishedTwice, .year: break
                }
                throw CalendarTextError(line: line, what: error.description)
            }
        }
        self = history
    }
}

/// Reads the statements of a text, without asking what they add up to.
struct CalendarTextReader {
    /// One `publish` or `amend` with its days.
    struct Block {
        let line: Int
        let year: Int?
        let knownSince: CivilDate
        let notice: String
        var changes: [CalendarHistory.Change] = []
        /// The line of each change.
        var lines: [Int] = []

        mutating func add(_ change: CalendarHistory.Change, line: Int) {
            changes.append(change)
            lines.append(line)
        }

        /// The last line that speaks of a day.
        func line(of date: CivilDate) -> Int? { changes.lastIndex { $0.date == date }.map { lines[$0] } }
    }

    /// - Parameter needsName: the text has to say the calendar's name.
    static func read(_ text: String, needsName: Bool) throws(CalendarTextError) -> (
        code: String?, week: WorkWeek?, blocks: [Block]
    ) {
        var reader = CalendarTextReader(needsName: needsName)
        var number = 0
        for line in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline) {
            number += 1
            let statement = line.prefix { $0 != "#" }
            let words = statement.split(whereSeparator: \.isWhitespace).map(String.init)
            if words.isEmpty { continue }
            try reader.read(words, line: number)
        }
        guard !reader.blocks.isEmpty else { throw CalendarTextError(line: number, what: "no year is published") }
        return (reader.code, reader.week, reader.blocks)
    }

    private let needsName: Bool
    private var code: String?
    private var week: WorkWeek?
    private var blocks: [Block] = []

    private init(needsName: Bool) { self.needsName = needsName }

    private mutating func read(_ words: [String], line: Int) throws(CalendarTextError) {
        func fail(_ what: String) -> CalendarTextError { CalendarTextError(line: line, what: what) }
        switch words[0] {
        case "calendar":
            guard words.count == 2 else { throw fail("write: calendar CODE") }
            guard code == nil else { throw fail("the calendar has a name already") }
            code = words[1]
        case "week":
            guard words.count > 1 else { throw fail("write: week DAY...") }
            guard week == nil, blocks.isEmpty else { throw fail("the week is given once, before the first year") }
            week = try Self.week(words.dropFirst(), line: line)
        case "publish", "amend":
            guard code != nil || !needsName else {
                throw fail("the calendar has no name yet; write before: calendar CODE")
            }
            let isPublication = words[0] == "publish"
            let rest = Array(words.dropFirst(isPublication ? 2 : 1))
            let form = isPublication ? "publish YEAR on DATE [by NOTICE]" : "amend on DATE [by NOTICE]"
            guard rest.count == 2 || rest.count >= 4, rest[0] == "on", rest.count == 2 || rest[2] == "by" else {
                throw fail("write: \(form)")
            }
            var year: Int?
            if isPublication {
                guard words[1].utf8.count == 4, let number = Int(words[1]), number > 0 else {
                    throw fail("\"\(words[1])\" is not a year; write: \(form)")
                }
                year = number
            }
            blocks.append(
                Block(
                    line: line,
                    year: year,
                    knownSince: try Self.date(rest[1], line: line),
                    notice: rest.dropFirst(3).joined(separator: " ")
                )
            )
        case "off", "work", "normal":
            let isNamed = words[0] != "normal"
            guard !blocks.isEmpty else { throw fail("\(words[0]) stands under publish or amend") }
            guard words.count > (isNamed ? 2 : 1) else {
                throw fail(isNamed ? "write: \(words[0]) NAME DAYS..." : "write: normal DAYS...")
            }
            let name = words[1].split(separator: "_", omittingEmptySubsequences: false).joined(separator: " ")
            for range in words.dropFirst(isNamed ? 2 : 1) {
                for date in try Self.dates(range, line: line) {
                    guard isNamed else {
                        blocks[blocks.count - 1].add(.normal(date), line: line)
                        continue
                    }
                    let kind: DayException.Kind = words[0] == "off" ? .holiday : .makeUp
                    blocks[blocks.count - 1].add(.exception(DayException(date, kind, name: name)), line: line)
                }
            }
        default:
            throw fail("\"\(words[0])\" is none of calendar, week, publish, amend, off, work, normal")
        }
    }

    private static func week(_ names: some Sequence<String>, line: Int) throws(CalendarTextError) -> WorkWeek {
        var days: [Weekday] = []
        for name in names {
            guard let day = Weekday.allCases.first(where: { WorkWeek([$0]).description == name }) else {
                throw CalendarTextError(line: line, what: "\"\(name)\" is none of mon tue wed thu fri sat sun")
            }
            days.append(day)
        }
        return WorkWeek(days)
    }

    private static func date(_ text: String, line: Int) throws(CalendarTextError) -> CivilDate {
        do throws(CivilDate.Invalid) {
            return try CivilDate(text)
        } catch {
            throw CalendarTextError(line: line, what: error.description)
        }
    }

    /// The days of `2026-02-15` or `2026-02-15..2026-02-23`, at most a year of them.
    private static func dates(_ text: String, line: Int) throws(CalendarTextError) -> [CivilDate] {
        var ends = [text]
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        if parts.count == 3, parts[1].isEmpty { ends = [String(parts[0]), String(parts[2])] }
        let first = try date(ends[0], line: line)
        let last = try date(ends[ends.count - 1], line: line)
        guard (0...366).contains(first.days(to: last)) else {
            throw CalendarTextError(line: line, what: "\(text) is not a range of days in order, of a year at most")
        }
        return (0...first.days(to: last)).compactMap { first.adding(days: $0) }
    }
}
