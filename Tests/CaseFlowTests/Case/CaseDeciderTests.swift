import CaseFlow
import EventStore
import Testing

/// The rules of a case: what a command leads to in each state.
@Suite struct CaseDeciderTests {
    private static let at = ZonedTime(microsecondsSinceEpoch: 1_770_685_500_000_000, offsetSeconds: 28_800) ?? .epoch
    private static let later = ZonedTime(microsecondsSinceEpoch: 1_770_785_500_000_000, offsetSeconds: 28_800) ?? .epoch
    private static let due = ZonedTime(microsecondsSinceEpoch: 1_772_000_000_000_000, offsetSeconds: 28_800) ?? .epoch
    private static let one = CaseNumber(trusted: "410122103-2026-000001")
    private static let channel = [XESAttribute(.string, key: "channel", value: "Desk")]
    private static let review = Case.Step(activity: "review", performer: "officer/7", offsetSeconds: 28_800)

    private static let received = Case.Fact.received(number: one, at: at, attributes: channel)
    private static let states: [(name: String, facts: [Case.Fact])] = [
        ("no case", []),
        ("received", [received]),
        ("with a deadline", [received, .deadlineSet(due)]),
        ("with a step", [received, .stepRecorded(review)]),
        ("closed", [received, .stepRecorded(review), .closed(at: at)]),
        ("reopened", [received, .closed(at: at), .reopened(at: later, reason: "new evidence")]),
    ]

    struct Row: Sendable, CustomTestStringConvertible {
        let state: String
        let facts: [Case.Fact]
        let command: Case.Command
        let expected: Result<[Case.Fact], Case.Rejection>
        var testDescription: String { "\(state): \(command)" }
    }

    /// Each command with what it leads to in each of `states`, in their order.
    private static let outcomes: [(Case.Command, [Result<[Case.Fact], Case.Rejection>])] = [
        (
            .receive(number: one, at: at, attributes: channel),
            [.success([received])] + Array(repeating: .success([]), count: 5)
        ),
        (
            .receive(number: CaseNumber(trusted: "2"), at: at, attributes: channel),
            [.success([.received(number: CaseNumber(trusted: "2"), at: at, attributes: channel)])]
                + Array(repeating: .failure(.receivedOtherwise(one)), count: 5)
        ),
        (
            .recordStep(review, at: later.timestamp),
            [.failure(.notReceived)] + Array(repeating: .success([.stepRecorded(review)]), count: 5)
        ),
        (
            .recordStep(Case.Step(activity: ""), at: later.timestamp),
            [.failure(.notReceived)] + Array(repeating: .failure(.activityMissing), count: 5)
        ),
        (
            .setDeadline(due),
            [.failure(.notReceived), .success([.deadlineSet(due)]), .success([])]
                + Array(repeating: .success([.deadlineSet(due)]), count: 3)
        ),
        (
            .close(at: at),
            [.failure(.notReceived)] + Array(repeating: .success([.closed(at: at)]), count: 3)
                + [.success([]), .success([.closed(at: at)])]
        ),
        (
            .close(at: later),
            [.failure(.notReceived)] + Array(repeating: .success([.closed(at: later)]), count: 3)
                + [.failure(.alreadyClosed(at: at)), .success([.closed(at: later)])]
        ),
        (
            .reopen(at: later, reason: "new evidence"),
            [.failure(.notReceived)] + Array(repeating: .failure(.notClosed), count: 3)
                // The same again is so already.
                + [.success([.reopened(at: later, reason: "new evidence")]), .success([])]
        ),
        (
            .reopen(at: later, reason: ""),
            [.failure(.notReceived)] + Array(repeating: .failure(.notClosed), count: 3)
                + [.failure(.reasonMissing), .failure(.notClosed)]
        ),
    ]

    private static let table: [Row] = outcomes.flatMap { command, results in
        zip(states, results).map { Row(state: $0.name, facts: $0.facts, command: command, expected: $1) }
    }

    @Test func `the table has a row for every state and command`() {
        #expect(Self.outcomes.allSatisfy { $0.1.count == Self.states.count })
        #expect(Self.table.count == 54)
    }

    @Test(arguments: table)
    func `each command in each state leads to what the table says`(row: Row) {
        expect(given: row.facts, when: row.command, then: row.expected)
    }

    @Test func `a receipt that differs in time or attributes is another receipt`() {
        let otherTime = Case.Command.receive(number: Self.one, at: Self.later, attributes: Self.channel)
        let otherAttributes = Case.Command.receive(number: Self.one, at: Self.at, attributes: [])
        for command in [otherTime, otherAttributes] {
            expect(given: [Self.received], when: command, then: .failure(.receivedOtherwise(Self.one)))
        }
    }

    @Test func `the same instant with another offset is another time`() throws {
        let elsewhere = try #require(
            ZonedTime(microsecondsSinceEpoch: Self.at.microsecondsSinceEpoch, offsetSeconds: 3600)
        )
        expect(
            given: [Self.received, .closed(at: Self.at)],
            when: .close(at: elsewhere),
            then: .failure(.alreadyClosed(at: Self.at))
        )
    }

    @Test func `a command that is given twice adds nothing the second time, except a step`() throws {
        var state = Case.initial
        let once: [Case.Command] = [
            .receive(number: Self.one, at: Self.at, attributes: Self.channel), .setDeadline(Self.due),
            .close(at: Self.later),
        ]
        for command in once {
            let events = try Case.decide(command, state)
            #expect(events.count == 1)
            for event in events { Case.evolve(&state, event) }
            #expect(try Case.decide(command, state).isEmpty)
        }
        // Two steps of one name at one time are two steps: real offices do that. Their request id tells repetitions.
        #expect(try Case.decide(.recordStep(Self.review, at: Self.at.timestamp), state).count == 1)
    }

    @Test func `events take effect when their command says, a deadline with the receipt`() throws {
        let state = Case.state(after: [Self.received])
        func effective(_ command: Case.Command, _ state: Case.State) throws -> [Timestamp] {
            try Case.decide(command, state).map(\.effectiveAt)
        }
        #expect(
            try effective(.receive(number: Self.one, at: Self.at, attributes: []), Case.initial) == [Self.at.timestamp]
        )
        #expect(try effective(.recordStep(Self.review, at: Self.later.timestamp), state) == [Self.later.timestamp])
        #expect(try effective(.setDeadline(Self.due), state) == [Self.at.timestamp])
        #expect(try effective(.close(at: Self.later), state) == [Self.later.timestamp])
        let closed = Case.state(after: [Self.received, .closed(at: Self.at)])
        #expect(try effective(.reopen(at: Self.later, reason: "x"), closed) == [Self.later.timestamp])
    }

    @Test func `rejections say what is wrong and what to do`() {
        let texts: [(Case.Rejection, String)] = [
            (.notReceived, "there is no such case: receive it first"),
            (
                .receivedOtherwise(Self.one),
                "case 410122103-2026-000001 was received before, with other content"
            ),
            (
                .alreadyClosed(at: Self.at),
                "the case was closed at 2026-02-10T09:05:00.000+08:00: reopen it first, with the reason"
            ),
            (.notClosed, "the case is not closed, so it cannot be reopened"),
            (.reasonMissing, "a case is reopened only with a reason"),
            (.activityMissing, "a step needs the name of what was done"),
        ]
        for (rejection, text) in texts { #expect(rejection.description == text) }
    }

    @Test func `the state tells the whole life of a case`() {
        let state = Case.state(
            after: [
                Self.received, .deadlineSet(Self.due), .stepRecorded(Self.review), .closed(at: Self.at),
                .stepRecorded(Case.Step(activity: "archive")),
            ],
            at: Self.later.timestamp
        )
        #expect(state.phase == .closed)
        #expect(state.number == Self.one)
        #expect(state.receivedAt == Self.at)
        #expect(state.deadline == Self.due)
        #expect(state.closedAt == Self.at)
        #expect(state.steps == 2)
        #expect(state.lastStep?.activity == "archive")
        #expect(state.lastStepAt == Self.later.timestamp)
        #expect(state.attributes == Self.channel)
        var reopened = state
        Case.evolve(&reopened, .init(effectiveAt: Self.later.timestamp, fact: .reopened(at: Self.later, reason: "x")))
        #expect(reopened.phase == .open)
        #expect(reopened.closedAt == nil)
        #expect(reopened.reopened == 1)
        #expect(reopened.deadline == Self.due)
    }
}

extension ZonedTime {
    /// A moment that stands in where a constant of a test would not be valid; such a test fails.
    fileprivate static var epoch: ZonedTime {
        guard let time = ZonedTime(microsecondsSinceEpoch: 0, offsetSeconds: 0) else {
            preconditionFailure("the epoch")
        }
        return time
    }
}
