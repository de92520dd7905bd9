import EventStore
import WorkingTime

/// The rules of a subject's stream: who looked at the data, and that it was erased.
///
/// A subject is in the vault before it is in the log; its stream begins with the first look, or with the erasure.
public enum Subject: Decider {
    /// A look at personal data.
    public struct Look: Sendable, Hashable {
        /// Who.
        public var who: Actor
        /// As what.
        public var role: OfficerRole
        /// Why; free text, without personal data.
        public var why: String
        /// The case that it was for; nil for none.
        public var caseStream: StreamName?
        /// What was shown, in order, each once.
        public var fields: [PersonalData.Field]

        /// A look. Fields are put in order.
        public init(
            who: Actor,
            role: OfficerRole,
            why: String,
            case caseStream: StreamName? = nil,
            fields: some Sequence<PersonalData.Field> = PersonalData.Field.allCases
        ) {
            (self.who, self.role, self.why, self.caseStream) = (who, role, why, caseStream)
            self.fields = Set(fields).sorted()
        }
    }

    /// An erasure.
    public struct Erasure: Sendable, Hashable {
        /// Why; free text, without personal data.
        public var reason: String
        /// The day in the log's zone.
        public var on: CivilDate
    }

    /// What is known of a subject's stream.
    public struct State: Sendable, Hashable {
        /// How many looks there were.
        public var looks = 0
        /// The last look, and when.
        public var last: SubjectEvent?
        /// Its erasure; nil while there was none.
        public var erasure: Erasure?
    }

    /// An empty stream.
    public static let initial = State()

    /// What can be wanted.
    public enum Command: Sendable, Hashable {
        /// Record a look.
        case look(Look, at: Timestamp)
        /// Record the erasure.
        case erase(reason: String, on: CivilDate, by: Actor, at: Timestamp)
    }

    /// Why something may not be done.
    public enum Rejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// A look and an erasure need a reason.
        case noReason
        /// The reason is longer than 500 bytes.
        case longReason
        /// The reason holds personal data.
        case trace(PersonalTrace)
        /// A look at nothing.
        case noFields
        /// The data was erased.
        case erased(on: CivilDate)

        /// What was wrong and what is allowed.
        public var words: LocalizedText {
            switch self {
            case .noReason:
                LocalizedText(
                    "say why: every look and every erasure is recorded with its reason",
                    "请说明理由：每次查阅和删除都要登记理由"
                )
            case .longReason:
                LocalizedText("the reason is longer than 500 bytes; say it shorter", "理由超过 500 字节；请精简")
            case .trace(let trace):
                LocalizedText("the reason is refused: \(trace.words[.english])", "理由不予登记：\(trace.words[.chinese])")
            case .noFields: LocalizedText("name at least one field to look at", "请至少指定一个要查阅的字段")
            case .erased(let day):
                LocalizedText(
                    "the personal data was erased on \(day); what is left is the log, without it",
                    "个人信息已于 \(day) 删除；日志中只保留不含个人信息的记录"
                )
            }
        }

        /// The words in English.
        public var description: String { words[.english] }
    }

    /// What happens. Pure; `[]` when it is so already: the same look at the same moment, an erasure after an erasure.
    public static func decide(_ command: Command, _ state: State) throws(Rejection) -> [SubjectEvent] {
        switch command {
        case .look(let look, let moment):
            try check(look.why)
            if look.fields.isEmpty { throw .noFields }
            if let erasure = state.erasure { throw .erased(on: erasure.on) }
            let event = SubjectEvent(
                effectiveAt: moment,
                actor: look.who,
                fact: .lookedAt(role: look.role, why: look.why, case: look.caseStream, fields: look.fields)
            )
            return state.last == event ? [] : [event]
        case .erase(let reason, let day, let actor, let moment):
            if state.erasure != nil { return [] }
            try check(reason)
            return [SubjectEvent(effectiveAt: moment, actor: actor, fact: .erased(reason: reason, on: day))]
        }
    }

    /// Checks a reason as it was typed.
    static func check(_ reason: String) throws(Rejection) {
        guard reason.contains(where: { !$0.isWhitespace }) else { throw .noReason }
        if reason.utf8.count > 500 { throw .longReason }
        if let trace = PersonalTrace.first(in: reason) { throw .trace(trace) }
    }

    /// What an event does. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: SubjectEvent) {
        switch event.fact {
        case .lookedAt:
            state.looks += 1
            state.last = event
        case .erased(let reason, let day): state.erasure = Erasure(reason: reason, on: day)
        }
    }
}

/// Something that has happened to a subject's data: an event of a stream `subject/<id>`.
public struct SubjectEvent: Sendable, Hashable {
    /// When, UTC.
    public var effectiveAt: Timestamp
    /// Who did it.
    public var actor: Actor
    /// What.
    public var fact: Fact

    /// An event.
    public init(effectiveAt: Timestamp, actor: Actor, fact: Fact) {
        (self.effectiveAt, self.actor, self.fact) = (effectiveAt, actor, fact)
    }

    /// What can happen. Names in storage are literals; see ``SubjectEventCoding``.
    public enum Fact: Sendable, Hashable {
        /// Somebody was shown these fields. Recorded before they are shown.
        case lookedAt(role: OfficerRole, why: String, case: StreamName?, fields: [PersonalData.Field])
        /// The key was erased on this day, in the log's zone, and with it the data wherever it stands. Recorded before it
        /// is erased.
        case erased(reason: String, on: CivilDate)
    }
}
