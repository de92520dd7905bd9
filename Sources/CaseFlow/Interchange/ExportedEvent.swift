import EventStore
import PostgresClient

/// What an export tells of an event of the log, whatever it is of: in clear words, and without sealed data.
struct ExportedEvent {
    let recorded: RecordedEvent
    /// What it says; nil for an event that is not of a case.
    let event: Case.Event?

    init(_ recorded: RecordedEvent) throws {
        self.recorded = recorded
        event = recorded.stream.category == "case" ? try Case.Coding.decode(recorded) : nil
    }

    /// Who acted: in a post, or as the actor.
    var officer: OfficerID? { event?.by?.officer ?? OfficerID(actor: recorded.actor) }

    /// The stage that it is about.
    var stage: String? {
        switch event?.fact {
        case .procedure(let fact, _): return fact.stage
        case .card(.raised(let rung), _): return rung.stage
        default: return nil
        }
    }

    /// What it says beside its type, in one line.
    var details: String? {
        switch event?.fact {
        case .procedure(let fact, _): fact.details
        case .deadlineSet(let deadline): deadline.description
        case .closed(let at): at.description
        case .reopened(_, let reason): reason
        case .received(_, _, _, let intake): intake.map { "\($0.channel.rawValue), at \($0.place)" }
        case .card(let fact, _): fact.details
        case .stepRecorded, nil: nil
        }
    }

    /// What process mining calls the event: its type, and for a recorded step what the source calls it.
    var activity: String {
        if case .stepRecorded(let step) = event?.fact { return step.activity }
        return recorded.type.rawValue
    }

    /// The things that it is about, with the part that each plays.
    var links: [ObjectLink] {
        var links = [ObjectLink("of", recorded.stream.rawValue)]
        func add(_ qualifier: String, _ object: String?) {
            guard let object else { return }
            let link = ObjectLink(qualifier, object)
            if !links.contains(link) { links.append(link) }
        }
        add("by", officer?.stream.rawValue)
        add("for", event?.by?.actingFor?.stream.rawValue)
        add("in", event?.by?.unit.stream.rawValue)
        add("performed by", event?.sourceStep?.performer.map(ObjectLink.performer))
        switch event?.fact {
        case .received(_, _, _, let intake):
            add("at", intake?.place.stream.rawValue)
            add("of the village of", intake?.village?.stream.rawValue)
            add("first contact", intake?.firstContact?.stream.rawValue)
            add("on", intake?.visit.map(ObjectLink.visit))
        case .procedure(let fact, _):
            switch fact {
            case .rulesPinned(let pin):
                add("under", pin.item.flatMap(ItemCode.init(rawValue:))?.stream.rawValue)
            case .assigned(_, let to): add("to", to.stream.rawValue)
            case .handedOver(_, let from, let to, _):
                add("from", from.stream.rawValue)
                add("to", to.stream.rawValue)
            case .forwarded(_, let unit, _): add("to", unit.stream.rawValue)
            case .sealed(let use):
                add("with", ObjectLink.seal(use.matter))
                add("keeper", use.keeper.stream.rawValue)
            case .visited(let visit): add("on", ObjectLink.visit(visit))
            default: break
            }
        case .card(.raised(let rung), _):
            add("held by", rung.holder.officer.flatMap(OfficerID.init(rawValue:))?.stream.rawValue)
            for person in rung.addressee.persons { add("told to", person.officer.stream.rawValue) }
        default: break
        }
        return links
    }
}

/// A thing that an event or another thing has to do with: its id begins with what it is.
struct ObjectLink: Hashable {
    let qualifier: String
    let object: String

    init(_ qualifier: String, _ object: String) { (self.qualifier, self.object) = (qualifier, object) }

    static func visit(_ visit: VisitID) -> String { "visit/\(visit)" }
    static func seal(_ matter: ShortName) -> String { "seal/\(matter)" }
    static func performer(_ code: String) -> String { "performer/\(code)" }

    /// What kind of thing an id names.
    static func type(of object: String) -> String {
        switch object.prefix(while: { $0 != "/" }) {
        case UnitEventCoding.category[...]: "unit"
        case ItemEventCoding.category[...]: "item"
        case let category: String(category)
        }
    }
}

extension Case.ProcedureFact {
    /// The stage that it is about, for those that are about one.
    var stage: String? {
        switch self {
        case .stageBegun(let stage, _, _), .stageEnded(let stage), .assigned(let stage, _),
            .handedOver(let stage, _, _, _),
            .stageSigned(let stage, _, _), .returned(let stage, _, _, _), .forwarded(let stage, _, _),
            .answered(let stage, _, _, _, _):
            stage
        default: nil
        }
    }
}

/// The events of a log up to a position, in pages of constant size, for exports.
struct ExportedLog {
    let log: EventLog
    /// The last position that is exported: what is appended meanwhile is not.
    let end: Int64
    private static let pageSize = 1000

    init(_ log: EventLog) async throws {
        self.log = log
        end = try await log.head()
    }

    func forEachPage(_ body: ([RecordedEvent]) async throws -> Void) async throws {
        var page: [RecordedEvent] = []
        for try await recorded in log.read(upTo: end) {
            page.append(recorded)
            if page.count == Self.pageSize {
                try await body(page)
                page.removeAll(keepingCapacity: true)
            }
        }
        if !page.isEmpty { try await body(page) }
    }

    /// The numbers of the cases of some events, by stream.
    func caseNumbers(of page: [RecordedEvent]) async throws -> [StreamName: String] {
        let streams = Set(page.lazy.map(\.stream).filter { $0.category == "case" })
        let rows = try await log.pool.query(
            """
            SELECT e.stream, e.data->>'number' FROM unnest($2::text[]) AS u(stream)
             CROSS JOIN LATERAL (SELECT e.stream, e.data FROM caseflow.events e
                                  WHERE e.log_id = $1 AND e.stream = u.stream AND e.version = 1 LIMIT 1) AS e
            """,
            [log.id.rawValue, streams.map(\.rawValue)]
        )
        var numbers: [StreamName: String] = [:]
        for row in rows {
            numbers[StreamName(trusted: try row.decode(0))] = try row.decode(1, as: String?.self)
        }
        return numbers
    }
}
