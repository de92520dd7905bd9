import EventStore

extension Case {
    /// What the source of an imported event said: kept whole, so that an export gives it back.
    public enum Source: Sendable, Hashable {
        /// The source's own event.
        case step(Step)
        /// The same as of the event before it: one event of a source can be two facts here.
        case sameStep

        /// The source's own event; nil where it stands at the event before.
        public var step: Step? { if case .step(let step) = self { step } else { nil } }
    }

    /// What an event of another system comes to here. It is history: it is taken as told, and not judged.
    public enum ImportedFact: Sendable, Hashable {
        /// The receipt of the case, which its first event can be.
        case received
        /// A fact of the procedure.
        case procedure(ProcedureFact)
        /// The end of the case.
        case closed
        /// The case goes on after its end.
        case reopened(reason: String)

        /// Its name in the log, without place and version: `stage-signed`.
        public var name: String {
            switch self {
            case .received: "received"
            case .procedure(let fact): fact.name
            case .closed: "closed"
            case .reopened: "reopened"
            }
        }
    }

    /// The facts of an event of another system. The case has to be received, and to go by no rules of ours: what happens
    /// to one that does is recorded by its officers. An event that the case has already, by its number, is no news.
    static func imported(
        _ facts: [ImportedFact],
        at: ZonedTime,
        source step: Step,
        index: Int,
        _ state: State
    ) throws(Rejection) -> [Event] {
        guard state.phase != .unknown else { throw .notReceived }
        guard !step.activity.isEmpty else { throw .activityMissing }
        if index < state.steps { return [] }
        guard index == state.steps else { throw .earlierStepsMissing(has: state.steps, step: index) }
        if state.progress.pin != nil { throw .goesByRules }
        var events: [Event] = []
        for imported in facts {
            let fact: Fact
            switch imported {
            case .received: continue
            case .procedure(let known):
                guard known.isImportable else { throw .notImportable(known.name) }
                fact = .procedure(known, at: at)
            case .closed: fact = .closed(at: at)
            case .reopened(let reason):
                if reason.isEmpty { throw .reasonMissing }
                fact = .reopened(at: at, reason: reason)
            }
            let source: Source = events.isEmpty ? .step(step) : .sameStep
            events.append(Event(effectiveAt: at.timestamp, fact: fact, source: source))
        }
        // A receipt that is there already leaves the step alone.
        return events.isEmpty ? [Event(effectiveAt: at.timestamp, fact: .stepRecorded(step))] : events
    }
}

extension Case.Event {
    /// The source's own event that this one keeps: a step, or what a fact was made of.
    public var sourceStep: Case.Step? {
        if case .stepRecorded(let step) = fact { return step }
        return source?.step
    }

    /// What it says that an import can say of a source's event; nil for a step, and for what no mapping makes.
    var importedFact: Case.ImportedFact? {
        switch fact {
        case .received: .received
        case .procedure(let fact, _): .procedure(fact)
        case .closed: .closed
        case .reopened(_, let reason): .reopened(reason: reason)
        case .stepRecorded, .deadlineSet, .card: nil
        }
    }
}

extension Case.ProcedureFact {
    /// Whether another system can tell it. Which rules a case goes by, a use of our seal, an exception of our director
    /// and a correction of our record are our own alone.
    var isImportable: Bool {
        switch self {
        case .rulesPinned, .sealed, .exceptionDeclared, .recordCorrected: false
        default: true
        }
    }
}

extension Case.Coding {
    private static let same = "same"

    static func encode(_ step: Case.Step, to json: inout StoredJSONWriter) {
        json.member("activity", step.activity)
        json.member("performer", step.performer)
        json.member("lifecycle", step.lifecycle)
        json.member("offset", step.offsetSeconds)
        json.member("attributes", json: AttributeCoding.encode(step.attributes))
    }

    static func encode(_ source: Case.Source) -> [UInt8] {
        switch source {
        case .step(let step):
            var json = StoredJSONWriter()
            encode(step, to: &json)
            return json.finish()
        case .sameStep:
            var bytes: [UInt8] = []
            StoredJSONWriter.append(same, to: &bytes)
            return bytes
        }
    }

    static func step(_ recorded: RecordedEvent, _ json: StoredJSON) throws -> Case.Step {
        guard let activity = json["activity"]?.string else { throw UnreadableEvent(recorded, "it has no 'activity'") }
        return Case.Step(
            activity: activity,
            performer: json["performer"]?.string,
            lifecycle: json["lifecycle"]?.string,
            offsetSeconds: json["offset"]?.int ?? 0,
            attributes: try AttributeCoding.decode(json["attributes"], of: recorded)
        )
    }

    static func source(_ recorded: RecordedEvent, _ json: StoredJSON) throws -> Case.Source? {
        switch json["source"] {
        case nil: nil
        case .string(same)?: .sameStep
        case .object(let members)?: .step(try step(recorded, .object(members)))
        default: throw UnreadableEvent(recorded, "'source' is no step")
        }
    }
}
