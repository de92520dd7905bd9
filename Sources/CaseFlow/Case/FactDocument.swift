import EventStore

/// A fact of a case's procedure as a JSON document: its name, and its members as they stand in the events.
///
/// `{"fact": "stage-signed", "stage": "papers", "finding": "agreement"}`
///
/// It has those members and no others, each once: a misspelt one is not passed over in silence. When it happened and who
/// did it are said by the command.
public struct FactDocument: Sendable {
    /// Why a document is no fact.
    public struct Problem: Error, Sendable, CustomStringConvertible {
        /// What is wrong and what to do.
        public let description: String
    }

    /// The fact.
    public let fact: Case.ProcedureFact

    /// The names that `fact` may have, in alphabetical order.
    public static let names = Case.Coding.recordable.keys.sorted()

    /// Reads a document. Throws ``Problem``.
    public init(_ bytes: [UInt8]) throws(Problem) {
        let json: StoredJSON
        let repeated: String?
        do { (json, repeated) = try StoredJSON.written(bytes) } catch {
            throw Problem(description: "it is no JSON: \(error)")
        }
        if let repeated {
            throw Problem(description: "the member '\(repeated.prefix(60))' stands there twice; which one is meant?")
        }
        guard case .object(let object) = json, let name = json["fact"]?.string else {
            throw Problem(description: "it needs a member 'fact': one of \(Self.names.joined(separator: ", "))")
        }
        guard let type = Case.Coding.recordable[name] else {
            throw Problem(description: "'\(name)' is no fact; 'fact' is one of \(Self.names.joined(separator: ", "))")
        }
        let known = Case.Coding.members(of: name)
        if let unknown = object.keys.filter({ $0 != "fact" && !known.contains($0) }).min() {
            let words = known.isEmpty ? "it has none beside 'fact'" : "it has \(known.joined(separator: ", "))"
            let time = unknown == "at" ? "; when it happened is said by --at" : ""
            throw Problem(description: "'\(name)' has no member '\(unknown.prefix(60))'; \(words)\(time)")
        }
        // What follows from the procedure or from who acts need not be said.
        var said = object
        for (member, value) in Case.Coding.derived[name] ?? [:] where said[member] == nil { said[member] = value }
        let members = StoredMembers(json: .object(said)) { Problem(description: "of '\(name)': \($0)") }
        do {
            guard let fact = try Case.Coding.procedureFact(type, members) else {
                throw Problem(description: "'\(name)' is no fact")
            }
            self.fact = fact
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(description: "\(error)")
        }
    }
}

extension Case.Coding {
    /// What an officer can record by a document, by name. The rules of a case are pinned by its receipt, and stages begin
    /// and end by the procedure.
    static let recordable: [String: EventType] = {
        let types: [EventType] = [
            "case.supplement-noticed/1", "case.supplement-received/1", "case.accepted/1", "case.acceptance-refused/1",
            "case.suspended/1", "case.resumed/1", "case.extended/1", "case.decided/1", "case.delivered/1",
            "case.withdrawn/1", "case.terminated/1", "case.rated/1", "case.called-back/1", "case.review-accepted/1",
            "case.review-forwarded/1", "case.stage-begun/1", "case.stage-ended/1",
            correctedOnSpot, materialDeferred, materialFollowed, fileReturned, assigned, handedOver, stageSigned,
            returned,
            forwarded, answered, hearingAsked, hearingAnnounced, hearingHeld, hearingWaived, exceptionDeclared, sealed,
            issued,
            visited, feeCharged,
            complained, complaintAnswered, recordCorrected,
        ]
        return Dictionary(
            uniqueKeysWithValues: types.map { type in
                (String(type.rawValue.dropFirst("case.".count).prefix { $0 != "/" }), type)
            }
        )
    }()

    /// The members that a document of a fact may have beside `fact`, as they stand in its event.
    static func members(of name: String) -> [String] { documentMembers[name] ?? [] }

    private static let documentMembers: [String: [String]] = [
        "supplement-noticed": ["materials", "within"], "supplement-received": ["materials", "complete"],
        "accepted": ["deemed"], "acceptance-refused": ["ground", "competentBody", "reason"],
        "suspended": ["ground", "told"], "extended": ["clock", "by", "authority", "reason"],
        "decided": ["granted", "reasons", "remedy"], "delivered": ["way"], "terminated": ["reason"],
        "rated": ["rating", "within"], "stage-begun": ["stage", "within", "kind", "unit", "role"],
        "stage-ended": ["stage"], "corrected-on-spot": ["what"], "material-deferred": ["material", "within"],
        "material-followed": ["material"], "file-returned": ["material"], "assigned": ["stage", "to"],
        "handed-over": ["stage", "from", "to", "reason"], "stage-signed": ["stage", "finding", "remark"],
        "returned": ["from", "to", "reason", "undone"], "forwarded": ["stage", "to", "reference"],
        "answered": ["stage", "answer", "reference", "reasons", "remedy"], "hearing-announced": ["on"],
        "exception-declared": ["exception", "reason"], "sealed": ["matter", "document", "keeper"],
        "issued": ["result", "document"], "visited": ["visit"],
        "fee-charged": ["fen", "receipt"], "complained": ["reference", "about"],
        "complaint-answered": ["reference", "upheld", "answer"], "record-corrected": ["event", "text"],
    ]

    /// Members that need not be given, and what stands for them: the decider finds out which stages a return undoes, and the
    /// desk who uses the seal.
    static let derived: [String: [String: StoredJSON]] = [
        "returned": ["undone": .array([])], "sealed": ["keeper": .string("keeper")],
    ]
}
