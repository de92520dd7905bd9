import EventStore

/// The facts that a mapping can name, with their parameters. A rule pack, a use of our seal, an exception and a correction
/// are not among them: no other system can tell those.
enum ImportedFactForm: String, CaseIterable, Sendable {
    case received, closed, reopened
    case supplementNoticed = "supplement-noticed"
    case supplementReceived = "supplement-received"
    case correctedOnSpot = "corrected-on-spot"
    case materialDeferred = "material-deferred"
    case materialFollowed = "material-followed"
    case fileReturned = "file-returned"
    case accepted
    case acceptanceRefused = "acceptance-refused"
    case reviewAccepted = "review-accepted"
    case reviewForwarded = "review-forwarded"
    case suspended, resumed, extended, assigned
    case handedOver = "handed-over"
    case stageBegun = "stage-begun"
    case stageEnded = "stage-ended"
    case stageSigned = "stage-signed"
    case returned, forwarded, answered
    case hearingAsked = "hearing-asked"
    case hearingHeld = "hearing-held"
    case decided, issued, delivered, withdrawn, terminated, rated
    case calledBack = "called-back"
    case feeCharged = "fee-charged"
    case complained
    case complaintAnswered = "complaint-answered"

    /// The parameters that it has to have, and those that it may have.
    var parameters: (needed: [String], optional: [String]) {
        switch self {
        case .received, .closed, .reviewAccepted, .reviewForwarded, .resumed, .hearingAsked, .hearingHeld, .withdrawn,
            .calledBack:
            ([], [])
        case .reopened, .terminated: (["reason"], [])
        case .supplementNoticed: (["materials"], ["within"])
        case .supplementReceived: (["materials", "complete"], [])
        case .correctedOnSpot: (["what"], [])
        case .materialDeferred: (["material", "within"], [])
        case .materialFollowed, .fileReturned: (["material"], [])
        case .accepted: ([], ["deemed"])
        case .acceptanceRefused: (["ground", "reason"], ["competent-body"])
        case .suspended: (["ground", "told"], [])
        case .extended: (["clock", "by", "authority", "reason"], [])
        case .assigned: (["stage", "to"], [])
        case .handedOver: (["stage", "from", "to", "reason"], [])
        case .stageBegun: (["stage"], ["within"])
        case .stageEnded: (["stage"], [])
        case .stageSigned: (["stage", "finding"], ["remark"])
        case .returned: (["from", "to", "reason"], [])
        case .forwarded: (["stage", "to", "reference"], [])
        case .answered: (["stage", "answer", "reference"], ["reasons", "remedy"])
        case .decided: (["granted"], ["reasons", "remedy"])
        case .issued: (["result"], ["document"])
        case .delivered: ([], ["way"])
        case .rated: (["rating"], ["within"])
        case .feeCharged: (["yuan"], ["receipt"])
        case .complained: (["reference", "about"], [])
        case .complaintAnswered: (["reference", "upheld", "answer"], [])
        }
    }

    /// The fact with its parameters.
    func fact(_ given: FactParameters) throws(UnfitParameter) -> Case.ImportedFact {
        let fact: Case.ProcedureFact
        switch self {
        case .received: return .received
        case .closed: return .closed
        case .reopened: return .reopened(reason: try given.text("reason"))
        case .supplementNoticed:
            fact = .supplementNoticed(materials: try given.list("materials"), within: try given.limit("within"))
        case .supplementReceived:
            fact = .supplementReceived(materials: try given.list("materials"), isComplete: try given.flag("complete"))
        case .correctedOnSpot: fact = .correctedOnSpot(try given.text("what"))
        case .materialDeferred:
            fact = .materialDeferred(try given.text("material"), within: try given.wantedLimit("within"))
        case .materialFollowed: fact = .materialFollowed(try given.text("material"))
        case .fileReturned: fact = .fileReturned(try given.text("material"))
        case .accepted: fact = .accepted(isDeemed: given.has("deemed") ? try given.flag("deemed") : false)
        case .acceptanceRefused:
            fact = .acceptanceRefused(
                try given.name("ground"),
                competentBody: try given.optionalText("competent-body"),
                reason: try given.text("reason")
            )
        case .reviewAccepted: fact = .reviewAccepted
        case .reviewForwarded: fact = .reviewForwarded
        case .suspended: fact = .suspended(ground: try given.text("ground"), told: try given.wantedLimit("told"))
        case .resumed: fact = .resumed
        case .extended:
            fact = .extended(
                try given.clock("clock"),
                by: try given.wantedLimit("by"),
                authority: try given.text("authority"),
                reason: try given.text("reason")
            )
        case .assigned: fact = .assigned(stage: try given.text("stage"), to: try given.code("to"))
        case .handedOver:
            fact = .handedOver(
                stage: try given.text("stage"),
                from: try given.code("from"),
                to: try given.code("to"),
                reason: try given.text("reason")
            )
        case .stageBegun: fact = .stageBegun(try given.text("stage"), within: try given.limit("within"))
        case .stageEnded: fact = .stageEnded(try given.text("stage"))
        case .stageSigned:
            fact = .stageSigned(
                stage: try given.text("stage"),
                try given.name("finding"),
                remark: try given.optionalText("remark") ?? ""
            )
        case .returned:
            fact = .returned(
                from: try given.text("from"),
                to: try given.text("to"),
                reason: try given.text("reason"),
                undone: []
            )
        case .forwarded:
            fact = .forwarded(
                stage: try given.text("stage"),
                to: try given.code("to"),
                reference: try given.text("reference")
            )
        case .answered:
            fact = .answered(
                stage: try given.text("stage"),
                try given.name("answer"),
                reference: try given.text("reference"),
                reasons: try given.optionalText("reasons") ?? "",
                remedy: try given.optionalText("remedy") ?? ""
            )
        case .hearingAsked: fact = .hearingAsked
        case .hearingHeld: fact = .hearingHeld
        case .decided:
            fact = .decided(
                isGranted: try given.flag("granted"),
                reasons: try given.optionalText("reasons") ?? "",
                remedy: try given.optionalText("remedy") ?? ""
            )
        case .issued:
            fact = .issued(
                Case.Issue(result: try given.text("result"), document: try given.optionalText("document"))
            )
        case .delivered: fact = .delivered(by: given.has("way") ? try given.name("way") : nil)
        case .withdrawn: fact = .withdrawn
        case .terminated: fact = .terminated(reason: try given.text("reason"))
        case .rated: fact = .rated(try given.name("rating"), followUp: try given.limit("within"))
        case .calledBack: fact = .calledBack
        case .feeCharged: fact = .feeCharged(try given.charge("yuan", receipt: "receipt"))
        case .complained: fact = .complained(reference: try given.text("reference"), about: try given.text("about"))
        case .complaintAnswered:
            fact = .complaintAnswered(
                reference: try given.text("reference"),
                isUpheld: try given.flag("upheld"),
                answer: try given.text("answer")
            )
        }
        return .procedure(fact)
    }
}

/// Why an event cannot be what its rule says.
struct UnfitParameter: Error, Hashable {
    let what: String
}

/// The parameters of a fact as texts.
struct FactParameters {
    let values: [String: [String]]

    func has(_ name: String) -> Bool { values[name] != nil }

    func list(_ name: String) throws(UnfitParameter) -> [String] {
        guard let texts = values[name], !texts.contains("") else { throw UnfitParameter(what: "'\(name)' is empty") }
        return texts
    }

    func text(_ name: String) throws(UnfitParameter) -> String {
        guard let texts = values[name], texts.count == 1, !texts[0].isEmpty else {
            throw UnfitParameter(what: "'\(name)' is not one text")
        }
        return texts[0]
    }

    func optionalText(_ name: String) throws(UnfitParameter) -> String? { has(name) ? try text(name) : nil }

    func flag(_ name: String) throws(UnfitParameter) -> Bool {
        switch try text(name) {
        case "true": return true
        case "false": return false
        case let other: throw UnfitParameter(what: "'\(name)': '\(other)' is neither true nor false")
        }
    }

    func limit(_ name: String) throws(UnfitParameter) -> Limit? { has(name) ? try wantedLimit(name) : nil }

    func wantedLimit(_ name: String) throws(UnfitParameter) -> Limit {
        let text = try text(name)
        guard let limit = Limit(text) else {
            throw UnfitParameter(what: "'\(name)': '\(text)' is no limit; write 10 working-days")
        }
        return limit
    }

    func name<Names: RawRepresentable & CaseIterable>(_ name: String) throws(UnfitParameter) -> Names
    where Names.RawValue == String {
        let text = try text(name)
        guard let found = Names(rawValue: text) else {
            let known = Names.allCases.map(\.rawValue).joined(separator: ", ")
            throw UnfitParameter(what: "'\(name)': '\(text)' is not known here; known are: \(known)")
        }
        return found
    }

    func code<Code: LogText>(_ name: String) throws(UnfitParameter) -> Code {
        let text = try text(name)
        do throws(InvalidText) { return try Code(text) } catch {
            throw UnfitParameter(what: "'\(name)': '\(text)': \(error)")
        }
    }

    func charge(_ name: String, receipt: String) throws(UnfitParameter) -> Case.FeeCharge {
        let text = try text(name)
        let receipt = try optionalText(receipt)
        guard let charge = ServiceItem.Fee.fen(yuan: text).flatMap({ Case.FeeCharge(fen: $0, receipt: receipt) }) else {
            throw UnfitParameter(what: "'\(name)': '\(text)' is no amount in yuan; write 5 or 5.50, 1,000,000 at most")
        }
        return charge
    }

    func clock(_ name: String) throws(UnfitParameter) -> ClockName {
        let text = try text(name)
        guard let clock = ClockName(rawValue: text) else {
            throw UnfitParameter(what: "'\(name)': '\(text)' is no name of a clock")
        }
        return clock
    }
}

/// A text of a mapping, in which `{key}` stands for what the event says under the key, `{key|text}` for that or for the
/// text, and `{*}` for what the star of the rule stands for.
struct TextTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case value(key: String, otherwise: String?)
    }

    private var parts: [Part] = []

    /// Reads a text.
    init(_ written: String) throws(UnfitParameter) {
        var rest = written[...]
        while let open = rest.firstIndex(of: "{") {
            if open > rest.startIndex { parts.append(.text(String(rest[..<open]))) }
            rest = rest[rest.index(after: open)...]
            guard let close = rest.firstIndex(of: "}") else { throw UnfitParameter(what: "a '{' has no '}'") }
            let inner = rest[..<close].split(separator: "|", maxSplits: 1, omittingEmptySubsequences: false)
            guard let key = inner.first, !key.isEmpty, !key.contains("{") else {
                throw UnfitParameter(what: "between '{' and '}' the key of an attribute is wanted")
            }
            parts.append(.value(key: String(key), otherwise: inner.count > 1 ? String(inner[1]) : nil))
            rest = rest[rest.index(after: close)...]
        }
        if rest.contains("}") { throw UnfitParameter(what: "a '}' has no '{'") }
        if !rest.isEmpty { parts.append(.text(String(rest))) }
    }

    /// Whether it is the same for all events.
    var isConstant: Bool {
        parts.allSatisfy { if case .text = $0 { true } else { false } }
    }

    /// Whether it asks what the star stands for.
    var usesStar: Bool {
        parts.contains { if case .value("*", _) = $0 { true } else { false } }
    }

    /// The text for an event.
    func filled(from event: MappedEvent) throws(UnfitParameter) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let constant): text += constant
            case .value(let key, let otherwise):
                guard let value = event.value(key).flatMap({ $0.isEmpty ? nil : $0 }) ?? otherwise else {
                    throw UnfitParameter(what: "the event has no '\(key)'")
                }
                text += value
            }
        }
        return text
    }
}
