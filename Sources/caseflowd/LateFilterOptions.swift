import ArgumentParser
import CaseFlow

/// Which of the clocks, and in which order.
struct LateFilterOptions: ParsableArguments {
    @Option(help: "Only those of a unit: a town or centre; of a case of the catalogue the unit with which it lies.")
    var unit: String?

    @Option(help: "Only those of a department; of a case of the catalogue the same as its unit.")
    var department: String?

    @Option(help: "Only those for which an officer is responsible.")
    var officer: String?

    @Option(help: "Only those of a service item.")
    var item: String?

    @Option(help: "Only those that came in by a channel.")
    var channel: String?

    @Option(help: "Only this clock: decision, promise, notice, …, or imported.")
    var clock: String?

    @Option(help: "What the clock shows on the day: red (late), yellow or green.", transform: Self.light)
    var light: ClockReading.Light = .red

    @Option(help: "Only those that are late by so many days or more.")
    var atLeast: Int?

    @Option(help: "The order: days (most late first), due, case or officer.", transform: Self.sort)
    var sort: LateClocks.Sort = .days

    private static func light(_ text: String) throws -> ClockReading.Light {
        guard let light = ClockReading.Light(rawValue: text) else { throw ValidationError("green, yellow or red") }
        return light
    }

    private static func sort(_ text: String) throws -> LateClocks.Sort {
        guard let sort = LateClocks.Sort(rawValue: text) else { throw ValidationError("days, due, case or officer") }
        return sort
    }

    func validate() throws {
        if let atLeast, atLeast < 1 || atLeast > 1_000_000 {
            throw ValidationError("--at-least: give a number of days from 1 to 1000000")
        }
        if atLeast != nil, light != .red {
            throw ValidationError("--at-least: only late clocks, which are red, have it")
        }
    }

    /// Whether a list's order or light is asked for.
    var isOrdered: Bool { light != .red || sort != .days }

    /// Whether anything is asked for.
    var isGiven: Bool {
        isOrdered || atLeast != nil || [unit, department, officer, item, channel, clock].contains { $0 != nil }
    }

    func apply(to question: inout LateClocks) {
        question.light = light
        question.atLeast = atLeast ?? 1
        question.sort = sort
        question.filters.unit = unit
        question.filters.department = department
        question.filters.officer = officer
        question.filters.item = item
        question.filters.channel = channel
        question.filters.clock = clock
    }
}
