import CaseFlow
import EventStore
import Testing

/// A time with an offset, as it is written.
func zoned(_ text: String) throws -> ZonedTime {
    guard case .zoned(let time) = try WrittenTime(text) else { throw NoInstant(text: text) }
    return time
}

struct NoInstant: Error {
    let text: String
}

/// A case's number.
func number(_ text: String) -> CaseNumber { CaseNumber(trusted: text) }

extension Case {
    /// The state that facts lead to, each at the same moment.
    static func state(after facts: [Fact], at moment: Timestamp = Timestamp(microseconds: 1_770_685_500_000_000))
        -> State
    {
        var state = initial
        for fact in facts { evolve(&state, Event(effectiveAt: moment, fact: fact)) }
        return state
    }
}

/// Given facts, when a command comes, then facts follow or it is rejected.
func expect(
    given: [Case.Fact],
    when command: Case.Command,
    then expected: Result<[Case.Fact], Case.Rejection>,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    let outcome: Result<[Case.Fact], Case.Rejection>
    do throws(Case.Rejection) {
        outcome = .success(try Case.decide(command, Case.state(after: given)).map(\.fact))
    } catch {
        outcome = .failure(error)
    }
    #expect(outcome == expected, sourceLocation: sourceLocation)
}
