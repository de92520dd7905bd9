import CaseFlow
import Testing

/// Ninety minutes promised, under everything that may come between.
extension ServiceMinuteTests {
    struct Example: Sendable, CustomTestStringConvertible {
        /// What it is about.
        let about: String
        /// Accepted, with ninety minutes promised.
        let given: String
        /// When, what, and when it was recorded if not at once.
        var when: [(at: String, fact: Case.ProcedureFact, recorded: String?)] = []
        /// A moment, or a day at whose end it is read.
        let asOf: String
        let then: String

        var testDescription: String { "\(about), as of \(asOf)" }
    }

    static let examples: [Example] = [
        Example(
            about: "a morning",
            given: "2026-03-02T09:10",
            asOf: "2026-03-02T09:40",
            then: "green, due 2026-03-02T10:40, 60 left"
        ),
        Example(
            about: "before the doors open",
            given: "2026-03-02T08:00",
            asOf: "2026-03-02T08:50",
            then: "green, due 2026-03-02T10:30, 90 left"
        ),
        Example(
            about: "lunch break",
            given: "2026-03-02T11:30",
            asOf: "2026-03-02T13:00",
            then: "green, due 2026-03-02T15:00, 60 left"
        ),
        Example(
            about: "overnight",
            given: "2026-03-02T16:30",
            asOf: "2026-03-03T08:00",
            then: "green, due 2026-03-03T10:00, 60 left"
        ),
        Example(
            about: "make-up Saturday",
            given: "2026-02-27T16:30",
            asOf: "2026-02-28T09:30",
            then: "green, due 2026-02-28T10:00, 30 left"
        ),
        Example(
            about: "market Saturday, no legal working day",
            given: "2026-03-06T16:30",
            asOf: "2026-03-07T09:30",
            then: "green, due 2026-03-07T10:00, 30 left"
        ),
        Example(
            about: "a weekend without a market",
            given: "2026-03-13T16:30",
            asOf: "2026-03-14T09:30",
            then: "green, due 2026-03-16T10:00, 60 left"
        ),
        Example(
            about: "a holiday, until its market day",
            given: "2026-02-14T16:30",
            asOf: "2026-02-20",
            then: "green, due 2026-02-21T10:00, 60 left"
        ),
        Example(
            about: "a closed date",
            given: "2026-03-24T16:30",
            asOf: "2026-03-25",
            then: "green, due 2026-03-26T10:00, 60 left"
        ),
        Example(
            about: "a minute before nine tenths are used",
            given: "2026-03-02T09:10",
            asOf: "2026-03-02T10:30",
            then: "green, due 2026-03-02T10:40, 10 left"
        ),
        Example(
            about: "nine tenths used",
            given: "2026-03-02T09:10",
            asOf: "2026-03-02T10:31",
            then: "yellow, due 2026-03-02T10:40, 9 left"
        ),
        Example(
            about: "a second before the end a minute is left",
            given: "2026-03-02T09:10",
            asOf: "2026-03-02T10:39:59",
            then: "yellow, due 2026-03-02T10:40, 1 left"
        ),
        Example(
            about: "the due moment is in time",
            given: "2026-03-02T09:10",
            asOf: "2026-03-02T10:40",
            then: "yellow, due 2026-03-02T10:40, 0 left"
        ),
        Example(
            about: "late a second after it",
            given: "2026-03-02T09:10",
            asOf: "2026-03-02T10:40:01",
            then: "red, due 2026-03-02T10:40, 0 left"
        ),
        Example(
            about: "late at the end of its day",
            given: "2026-03-02T09:10",
            asOf: "2026-03-02",
            then: "red, due 2026-03-02T10:40, 0 left"
        ),
        Example(
            about: "decided at the due moment",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T10:40", granted, nil)],
            asOf: "2026-03-02",
            then: "yellow, due 2026-03-02T10:40, stopped 2026-03-02T10:40"
        ),
        Example(
            about: "decided a minute late on the same day",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T10:41", granted, nil)],
            asOf: "2027-01-01",
            then: "red, due 2026-03-02T10:40, stopped 2026-03-02T10:41"
        ),
        Example(
            about: "before the decision, asked about later",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T10:20", granted, nil)],
            asOf: "2026-03-02T10:19",
            then: "green, due 2026-03-02T10:40, 21 left"
        ),
        Example(
            about: "an open pause",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T09:40", testing, nil)],
            asOf: "2026-03-09",
            then: "green, suspended since 2026-03-02T09:40, 60 left"
        ),
        Example(
            about: "a pause, from its first instant until before its last",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T09:40", testing, nil), ("2026-03-02T10:00", .resumed, nil)],
            asOf: "2026-03-02T10:00",
            then: "green, due 2026-03-02T11:00, 60 left"
        ),
        Example(
            about: "a pause over lunch costs its open minutes alone",
            given: "2026-03-02T11:00",
            when: [("2026-03-02T11:30", testing, nil), ("2026-03-02T14:30", .resumed, nil)],
            asOf: "2026-03-02T14:30",
            then: "green, due 2026-03-02T15:30, 60 left"
        ),
        Example(
            about: "overlapping pauses count once",
            given: "2026-03-02T09:10",
            when: [
                ("2026-03-02T09:40", testing, nil), ("2026-03-02T10:10", .resumed, nil),
                ("2026-03-02T10:00", testing, "2026-03-02T10:11"), ("2026-03-02T10:20", .resumed, nil),
            ],
            asOf: "2026-03-02T10:20",
            then: "green, due 2026-03-02T11:20, 60 left"
        ),
        Example(
            about: "an empty pause",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T09:40", testing, nil), ("2026-03-02T09:40", .resumed, nil)],
            asOf: "2026-03-02T09:50",
            then: "green, due 2026-03-02T10:40, 50 left"
        ),
        Example(
            about: "a pause recorded after the due moment moves nothing",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T10:00", testing, "2026-03-02T10:45"), ("2026-03-02T10:50", .resumed, nil)],
            asOf: "2026-03-02T10:50",
            then: "red, due 2026-03-02T10:40, 0 left"
        ),
        Example(
            about: "an extension",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T10:00", extended, nil)],
            asOf: "2026-03-02T10:10",
            then: "green, due 2026-03-02T11:10, 60 left"
        ),
        Example(
            about: "an extension recorded a minute too late",
            given: "2026-03-02T09:10",
            when: [("2026-03-02T10:00", extended, "2026-03-02T10:41")],
            asOf: "2026-03-02T10:41",
            then: "red, due 2026-03-02T10:40, 0 left"
        ),
        Example(
            about: "beyond the published calendar",
            given: "2026-12-31T16:30",
            asOf: "2026-12-31T16:50",
            then: "green, due 2027-01-01T10:00 (provisional), 70 left"
        ),
    ]

    @Test(arguments: examples)
    func `ninety minutes`(example: Example) throws {
        var file = try file(example.given)
        for (at, fact, recorded) in example.when { try file.on(at, fact, recordedOn: recorded) }
        let known = String(
            (example.when.compactMap(\.recorded) + [example.asOf, example.given]).map { $0.prefix(10) }.max() ?? ""
        )
        #expect(try file.told("promise", asOf: example.asOf, knownOn: known) == example.then)
        try expectNoEnglish(file.clock("promise", asOf: example.asOf, knownOn: known), codes: ["cn", "hall"])
    }
}
