import EventStore
import WorkingTime

/// How the facts of the service stand in the log; as the facts of the law do, see `Case+ProcedureCoding`.
extension Case.Coding {
    static let correctedOnSpot: EventType = "case.corrected-on-spot/1"
    static let materialDeferred: EventType = "case.material-deferred/1"
    static let materialFollowed: EventType = "case.material-followed/1"
    static let fileReturned: EventType = "case.file-returned/1"
    static let assigned: EventType = "case.assigned/1"
    static let handedOver: EventType = "case.handed-over/1"
    static let stageSigned: EventType = "case.stage-signed/1"
    static let returned: EventType = "case.returned/1"
    static let forwarded: EventType = "case.forwarded/1"
    static let answered: EventType = "case.answered/1"
    static let hearingAsked: EventType = "case.hearing-asked/1"
    static let hearingAnnounced: EventType = "case.hearing-announced/1"
    static let hearingHeld: EventType = "case.hearing-held/1"
    static let hearingWaived: EventType = "case.hearing-waived/1"
    static let exceptionDeclared: EventType = "case.exception-declared/1"
    static let sealed: EventType = "case.sealed/1"
    static let issued: EventType = "case.issued/1"
    static let visited: EventType = "case.visited/1"
    static let feeCharged: EventType = "case.fee-charged/1"
    static let complained: EventType = "case.complained/1"
    static let complaintAnswered: EventType = "case.complaint-answered/1"
    static let recordCorrected: EventType = "case.record-corrected/1"

    static func encodeService(_ fact: Case.ProcedureFact, to json: inout StoredJSONWriter) {
        switch fact {
        case .correctedOnSpot(let what): json.member("what", what)
        case .materialDeferred(let name, let within):
            json.member("material", name)
            json.member("within", within.description)
        case .materialFollowed(let name), .fileReturned(let name): json.member("material", name)
        case .assigned(let stage, let officer):
            json.member("stage", stage)
            json.member("to", officer.rawValue)
        case .handedOver(let stage, let from, let to, let reason):
            json.member("stage", stage)
            json.member("from", from.rawValue)
            json.member("to", to.rawValue)
            json.member("reason", reason)
        case .stageSigned(let stage, let finding, let remark):
            json.member("stage", stage)
            json.member("finding", finding.rawValue)
            if !remark.isEmpty { json.member("remark", remark) }
        case .returned(let from, let to, let reason, let undone):
            json.member("from", from)
            json.member("to", to)
            json.member("reason", reason)
            json.member("undone", json: list(undone))
        case .forwarded(let stage, let unit, let reference):
            json.member("stage", stage)
            json.member("to", unit.rawValue)
            json.member("reference", reference)
        case .answered(let stage, let answer, let reference, let reasons, let remedy):
            json.member("stage", stage)
            json.member("answer", answer.rawValue)
            json.member("reference", reference)
            json.member("reasons", reasons)
            json.member("remedy", remedy)
        case .hearingAnnounced(let day): json.member("on", day.description)
        case .exceptionDeclared(let separation, let reason):
            json.member("exception", separation.rawValue)
            json.member("reason", reason)
        case .sealed(let use):
            json.member("matter", use.matter.rawValue)
            json.member("document", use.document)
            json.member("keeper", use.keeper.rawValue)
        case .issued(let issue):
            json.member("result", issue.result)
            json.member("document", issue.document)
        case .visited(let visit): json.member("visit", visit.rawValue)
        case .feeCharged(let charge):
            json.member("fen", charge.fen)
            json.member("receipt", charge.receipt)
        case .complained(let reference, let about):
            json.member("reference", reference)
            json.member("about", about)
        case .complaintAnswered(let reference, let isUpheld, let answer):
            json.member("reference", reference)
            json.member("upheld", json: flag(isUpheld))
            json.member("answer", answer)
        case .recordCorrected(let event, let text):
            json.member("event", event)
            json.member("text", text)
        default: break
        }
    }

    /// The fact of an event; nil for a type that is not one of the service.
    static func serviceFact(_ type: EventType, _ members: StoredMembers) throws -> Case.ProcedureFact? {
        switch type {
        case correctedOnSpot: .correctedOnSpot(try members.text("what"))
        case materialDeferred:
            .materialDeferred(try members.text("material"), within: try members.limit("within"))
        case materialFollowed: .materialFollowed(try members.text("material"))
        case fileReturned: .fileReturned(try members.text("material"))
        case assigned: .assigned(stage: try members.text("stage"), to: try members.code("to"))
        case handedOver:
            .handedOver(
                stage: try members.text("stage"),
                from: try members.code("from"),
                to: try members.code("to"),
                reason: try members.text("reason")
            )
        case stageSigned:
            .stageSigned(
                stage: try members.text("stage"),
                try members.name("finding"),
                remark: try members.textIfAny("remark") ?? ""
            )
        case returned:
            .returned(
                from: try members.text("from"),
                to: try members.text("to"),
                reason: try members.text("reason"),
                undone: try members.strings("undone")
            )
        case forwarded:
            .forwarded(
                stage: try members.text("stage"),
                to: try members.code("to"),
                reference: try members.text("reference")
            )
        case answered:
            .answered(
                stage: try members.text("stage"),
                try members.name("answer"),
                reference: try members.text("reference"),
                reasons: try members.text("reasons"),
                remedy: try members.text("remedy")
            )
        case hearingAsked: .hearingAsked
        case hearingAnnounced: .hearingAnnounced(on: try members.day("on"))
        case hearingHeld: .hearingHeld
        case hearingWaived: .hearingWaived
        case exceptionDeclared:
            .exceptionDeclared(try members.name("exception"), reason: try members.text("reason"))
        case sealed:
            .sealed(
                Case.SealUse(
                    matter: try members.code("matter"),
                    document: try members.text("document"),
                    keeper: try members.code("keeper")
                )
            )
        case issued:
            .issued(
                Case.Issue(result: try members.text("result"), document: try members.textIfAny("document"))
            )
        case visited: .visited(try members.code("visit"))
        case feeCharged: .feeCharged(try charge(members))
        case complained:
            .complained(reference: try members.text("reference"), about: try members.text("about"))
        case complaintAnswered:
            .complaintAnswered(
                reference: try members.text("reference"),
                isUpheld: try members.flag("upheld"),
                answer: try members.text("answer")
            )
        case recordCorrected:
            .recordCorrected(event: try members.int("event"), text: try members.text("text"))
        default: nil
        }
    }

    private static func charge(_ members: StoredMembers) throws -> Case.FeeCharge {
        let fen = try members.int("fen")
        guard let charge = Case.FeeCharge(fen: fen, receipt: try members.textIfAny("receipt")) else {
            throw members.problem("its 'fen' is \(fen): an amount is 1 to \(ServiceItem.Fee.maximumFen) fen")
        }
        return charge
    }

    // MARK: Receipt and hands

    static func encode(_ intake: Case.Intake) -> [UInt8] {
        var json = StoredJSONWriter()
        json.member("channel", intake.channel.rawValue)
        json.member("place", intake.place.rawValue)
        json.member("village", intake.village?.rawValue)
        if let applicant = intake.applicant { json.member("applicant", json: applicant.stored) }
        json.member("firstContact", intake.firstContact?.rawValue)
        json.member("materials", json: list(intake.materials))
        json.member("visit", intake.visit?.rawValue)
        return json.finish()
    }

    static func intake(_ members: StoredMembers) throws -> Case.Intake? {
        guard let inner = try members.objectIfAny("intake") else { return nil }
        return Case.Intake(
            channel: try inner.name("channel"),
            place: try inner.code("place"),
            village: try inner.codeIfAny("village"),
            applicant: SealedPerson(inner.json["applicant"]),
            firstContact: try inner.codeIfAny("firstContact"),
            materials: try inner.strings("materials"),
            visit: try inner.codeIfAny("visit")
        )
    }

    static func encode(_ standing: Standing) -> [UInt8] {
        var json = StoredJSONWriter()
        json.member("officer", standing.officer.rawValue)
        json.member("unit", standing.unit.rawValue)
        json.member("role", standing.role.rawValue)
        json.member("post", standing.post.description)
        json.member("holder", standing.holder == .a ? nil : standing.holder.rawValue)
        json.member("for", standing.actingFor?.rawValue)
        json.member("at", standing.duty?.place.rawValue)
        if let duty = standing.duty { json.member("seal", json: flag(duty.hasSeal)) }
        return json.finish()
    }

    static func standing(_ members: StoredMembers) throws -> Standing? {
        guard let inner = try members.objectIfAny("acting") else { return nil }
        return Standing(
            officer: try inner.code("officer"),
            unit: try inner.code("unit"),
            role: try inner.name("role"),
            post: try inner.post("post"),
            holder: inner.has("holder") ? try inner.name("holder") : .a,
            actingFor: try inner.codeIfAny("for"),
            duty: try inner.codeIfAny("at").map { .init(at: $0, hasSeal: try inner.flag("seal")) }
        )
    }
}

extension StoredMembers {
    /// With whom a stage lies; nil for stages that no catalogue describes.
    func seat() throws -> Case.StageSeat? {
        if !has("unit") { return nil }
        return Case.StageSeat(kind: try name("kind"), unit: try code("unit"), role: try name("role"))
    }
}
