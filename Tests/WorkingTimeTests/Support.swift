import Foundation
import Testing
import WorkingTime

/// A day written as `2026-02-13`.
func day(_ text: String) throws -> CivilDate { try CivilDate(text) }

/// A moment written as `2026-02-13T09:30`.
func time(_ text: String) throws -> WallTime { try #require(WallTime(text)) }

/// Days from `2026-02-15..2026-02-23`, or one day.
func days(_ text: String) throws -> [CivilDate] {
    let ends = try text.split(separator: ".").map { try CivilDate(String($0)) }
    let first = try #require(ends.first)
    let last = try #require(ends.last)
    return try (0...first.days(to: last)).map { try #require(first.adding(days: $0)) }
}

func exceptions(off: [String], makeUp: [String]) throws -> [DayException] {
    try off.flatMap { try days($0) }.map { DayException($0, .holiday, name: "off") }
        + makeUp.flatMap { try days($0) }.map { DayException($0, .makeUp, name: "make-up") }
}

/// China in the years that the vectors of the rules need: 2020 as amended, 2025 and 2026.
enum China {
    static func calendar(years: [Int] = [2025, 2026]) throws -> WorkCalendar {
        try WorkCalendar(
            code: "cn",
            version: CalendarVersion(1, label: "test"),
            years: years,
            exceptions: try years.flatMap { try exceptions(of: $0) }
        )
    }

    static func exceptions(of year: Int) throws -> [DayException] {
        switch year {
        case 2020:
            try WorkingTimeTests.exceptions(
                off: [
                    "2020-01-01", "2020-01-24..2020-02-02", "2020-04-04..2020-04-06", "2020-05-01..2020-05-05",
                    "2020-06-25..2020-06-27", "2020-10-01..2020-10-08",
                ],
                makeUp: ["2020-01-19", "2020-04-26", "2020-05-09", "2020-06-28", "2020-09-27", "2020-10-10"]
            )
        case 2025:
            try WorkingTimeTests.exceptions(
                off: [
                    "2025-01-01", "2025-01-28..2025-02-04", "2025-04-04..2025-04-06", "2025-05-01..2025-05-05",
                    "2025-05-31..2025-06-02", "2025-10-01..2025-10-08",
                ],
                makeUp: ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"]
            )
        case 2026:
            try WorkingTimeTests.exceptions(
                off: [
                    "2026-01-01..2026-01-03", "2026-02-15..2026-02-23", "2026-04-04..2026-04-06",
                    "2026-05-01..2026-05-05", "2026-06-19..2026-06-21", "2026-09-25..2026-09-27",
                    "2026-10-01..2026-10-07",
                ],
                makeUp: ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
            )
        default: []
        }
    }
}

/// The data that lies beside the repository, or where CASEFLOW_SHARED_DATA says; nothing of it is part of the project.
enum Shared {
    static let absent: Comment =
        "../shared/data does not lie beside the repository, and CASEFLOW_SHARED_DATA names none"

    static func path(_ name: String) -> String? {
        let beside = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("../shared/data").standardizedFileURL.path
        let folder = ProcessInfo.processInfo.environment["CASEFLOW_SHARED_DATA"] ?? beside
        let path = "\(folder)/\(name)"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }

    static var isPresent: Bool { path("calendar/cn-workdays.csv") != nil }

    /// Rows of a CSV without quotes, by column name.
    static func rows(_ name: String) throws -> [[String: String]] {
        let text = try String(contentsOfFile: try #require(path(name)), encoding: .utf8)
        let lines = text.split(whereSeparator: \.isNewline)
        let names = try #require(lines.first).split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        return lines.dropFirst().map { line in
            let fields = line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            return Dictionary(uniqueKeysWithValues: zip(names, fields))
        }
    }

    /// 2015 to 2026 from cn-workdays.csv, with `changes` laid over it.
    static func china(changes: [CivilDate: Bool] = [:]) throws -> WorkCalendar {
        var worked: [CivilDate: Bool] = [:]
        for row in try rows("calendar/cn-workdays.csv") {
            worked[try day(row["date"] ?? "")] = row["is_working_day"] == "1"
        }
        worked.merge(changes) { _, new in new }
        let exceptions = worked.compactMap { date, isWorked in
            isWorked == WorkWeek.mondayToFriday.contains(date.weekday)
                ? nil : DayException(date, isWorked ? .makeUp : .holiday)
        }
        return try WorkCalendar(
            code: "cn",
            version: CalendarVersion(1),
            years: 2015...2026,
            exceptions: exceptions
        )
    }
}

/// SplitMix64: the same numbers for the same seed, on every machine.
struct SeededNumbers: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number of the range; quick rather than perfectly even.
    mutating func pick(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int(truncatingIfNeeded: next() >> 1) % range.count
    }
}

extension DayLimit {
    /// The due date of a limit that has one.
    func due(
        _ event: CivilDate,
        _ calendar: WorkCalendar,
        _ pauses: [Pause<CivilDate>] = [],
        _ counting: PauseCounting = .civil
    ) throws -> CivilDate? {
        try outcome(after: event, in: calendar, pauses: Pauses(pauses), counting: counting).dueDate?.date
    }
}
