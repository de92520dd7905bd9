import EventStore

extension Case {
    /// What can be wanted of a case. Everything that a decision needs, times included, comes with the command.
    public enum Command: Sendable {
        /// Take the case in.
        case receive(number: CaseNumber, at: ZonedTime, attributes: [XESAttribute], source: Step? = nil)
        /// Take the case in, under the rules that it goes by: both or neither.
        case open(Opening, at: ZonedTime, under: Law)
        /// Record a step that was done.
        case recordStep(Step, at: Timestamp)
        /// Take in an event of another system, the `index`-th of the case from 0, with what it comes to here.
        case recordImported([ImportedFact], at: ZonedTime, source: Step, index: Int)
        /// Keep the time limit that the case's source gives.
        case setDeadline(ZonedTime)
        /// End the case; with the rules that it goes by, if it goes by any.
        case close(at: ZonedTime, under: Law? = nil, by: Standing? = nil)
        /// Go on with a case that had ended.
        case reopen(at: ZonedTime, reason: String, under: Law? = nil, by: Standing? = nil)
        /// Record what happened in the procedure, under the rules that the case goes by; for a case of the catalogue, in
        /// whose hands it lay.
        case record(ProcedureFact, at: ZonedTime, under: Law, by: Standing? = nil)
        /// Something about the case's cards.
        case card(CardCommand)
    }

    /// A case that is taken in.
    public struct Opening: Sendable {
        /// Its number.
        public var number: CaseNumber
        /// The rules that it goes by.
        public var pin: RulePin
        /// What else is known of it.
        public var attributes: [XESAttribute]
        /// How it came in, for a case of the catalogue.
        public var intake: Intake?
        /// By whose hands.
        public var by: Standing?

        /// A case that is taken in.
        public init(
            _ number: CaseNumber,
            pin: RulePin,
            attributes: [XESAttribute] = [],
            intake: Intake? = nil,
            by: Standing? = nil
        ) {
            self.number = number
            self.pin = pin
            self.attributes = attributes
            self.intake = intake
            self.by = by
        }
    }

    /// Why something may not be done.
    public enum Rejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// There is no such case yet.
        case notReceived
        /// The number belongs to a case that was received otherwise.
        case receivedOtherwise(CaseNumber)
        /// The case has ended at another time.
        case alreadyClosed(at: ZonedTime)
        /// The case has not ended.
        case notClosed
        /// A case is opened again only with a reason.
        case reasonMissing
        /// A step has a name.
        case activityMissing
        /// The law or the rules of the service do not let it happen; with the article or the rule that says so.
        case procedure(ProcedureRejection, String?)
        /// The rules of the service do not let it happen; with the article or the rule that says so.
        case service(ServiceRejection, String?)
        /// Events of a source come in their order: the case has fewer of them than stand before this one.
        case earlierStepsMissing(has: Int, step: Int)
        /// No other system can tell such a fact.
        case notImportable(String)
        /// What happens to a case that goes by our rules is not imported.
        case goesByRules
        /// A case that goes by rules ends by them: with its delivery, a refusal, a withdrawal or a termination.
        case notEnded(running: [String])
        /// A card cannot be raised, answered or withdrawn so.
        case card(CardRejection)

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .notReceived: "there is no such case: receive it first"
            case .receivedOtherwise(let number): "case \(number) was received before, with other content"
            case .alreadyClosed(let at): "the case was closed at \(at): reopen it first, with the reason"
            case .notClosed: "the case is not closed, so it cannot be reopened"
            case .reasonMissing: "a case is reopened only with a reason"
            case .activityMissing: "a step needs the name of what was done"
            case .procedure(let rejection, let rule): rejection.description + (rule.map { " (\($0))" } ?? "")
            case .service(let rejection, let rule): rejection.description + (rule.map { " (\($0))" } ?? "")
            case .earlierStepsMissing(let has, let step):
                "it has \(has) steps of its source, and step \(step + 1) is told: import the earlier ones first"
            case .notImportable(let name): "no other system can tell '\(name)': keep the source's event as a step"
            case .goesByRules:
                "the case goes by rules of ours: what happens to it is recorded by its officers, not imported"
            case .notEnded(let running):
                "the case has not come to its end under its rules"
                    + (running.isEmpty ? "" : ", and these clocks run: \(running.joined(separator: ", "))")
                    + "; deliver the decision, or record the refusal, the withdrawal or the termination"
            case .card(let rejection): rejection.description
            }
        }
    }
}
