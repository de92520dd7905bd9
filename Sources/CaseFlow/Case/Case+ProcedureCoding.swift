import EventStore

/// How the facts of the procedure stand in the log. Each has `at`, its moment with the local offset, beside what stands
/// here; limits are texts, `10 working-days`.
extension Case.Coding {
    private static let rulesPinned: EventType = "case.rules-pinned/1"
    private static let supplementNoticed: EventType = "case.supplement-noticed/1"
    private static let supplementReceived: EventType = "case.supplement-received/1"
    private static let accepted: EventType = "case.accepted/1"
    private static let acceptanceRefused: EventType = "case.acceptance-refused/1"
    private static let reviewAccepted: EventType = "case.review-accepted/1"
    private static let reviewForwarded: EventType = "case.review-forwarded/1"
    private static let suspended: EventType = "case.suspended/1"
    private static let resumed: EventType = "case.resumed/1"
    private static let extended: EventType = "case.extended/1"
    private static let stageBegun: EventType = "case.stage-begun/1"
    private static let stageEnded: EventType = "case.stage-ended/1"
    private static let decided: EventType = "case.decided/1"
    private static let delivered: EventType = "case.delivered/1"
    private static let withdrawn: EventType = "case.withdrawn/1"
    private static let terminated: EventType = "case.terminated/1"
    private static let rated: EventType = "case.rated/1"
    private static let calledBack: EventType = "case.called-back/1"

    static func type(of fact: Case.ProcedureFact) -> EventType {
        switch fact {
        case .rulesPinned: rulesPinned
        case .supplementNoticed: supplementNoticed
        case .supplementReceived: supplementReceived
        case .accepted: accepted
        case .acceptanceRefused: acceptanceRefused
        case .reviewAccepted: reviewAccepted
        case .reviewForwarded: reviewForwarded
        case .suspended: suspended
        case .resumed: resumed
        case .extended: extended
        case .stageBegun: stageBegun
        case .stageEnded: stageEnded
        case .decided: decided
        case .delivered: delivered
        case .withdrawn: withdrawn
        case .terminated: terminated
        case .rated: rated
        case .calledBack: calledBack
        case .correctedOnSpot: correctedOnSpot
        case .materialDeferred: materialDeferred
        case .materialFollowed: materialFollowed
        case .fileReturned: fileReturned
        case .assigned: assigned
        case .handedOver: handedOver
        case .stageSigned: stageSigned
        case .returned: returned
        case .forwarded: forwarded
        case .answered: answered
        case .hearingAsked: hearingAsked
        case .hearingAnnounced: hearingAnnounced
        case .hearingHeld: hearingHeld
        case .hearingWaived: hearingWaived
        case .exceptionDeclared: exceptionDeclared
        case .sealed: sealed
        case .issued: issued
        case .visited: visited
        case .feeCharged: feeCharged
        case .complained: complained
        case .complaintAnswered: complaintAnswered
        case .recordCorrected: recordCorrected
        }
    }

    static func encode(_ fact: Case.ProcedureFact, to json: inout StoredJSONWriter) {
        switch fact {
        case .rulesPinned(let pin):
            json.member("pack", pin.pack)
            json.member("version", pin.version)
            json.member("digest", pin.digest)
            json.member("item", pin.item)
            json.member("handling", pin.handling.rawValue)
            json.member("statute", pin.statute?.description)
            json.member("promise", pin.promise?.description)
            json.member("serviceCalendar", pin.serviceCalendar)
            if let version = pin.itemVersion { json.member("itemVersion", version) }
            json.member("itemDigest", pin.itemDigest)
            json.member("seal", pin.seal?.rawValue)
        case .supplementNoticed(let materials, let within):
            json.member("materials", json: list(materials))
            json.member("within", within?.description)
        case .supplementReceived(let materials, let isComplete):
            json.member("materials", json: list(materials))
            json.member("complete", json: flag(isComplete))
        case .accepted(let isDeemed): json.member("deemed", json: flag(isDeemed))
        case .acceptanceRefused(let ground, let body, let reason):
            json.member("ground", ground.rawValue)
            json.member("competentBody", body)
            json.member("reason", reason)
        case .suspended(let ground, let told):
            json.member("ground", ground)
            json.member("told", told.description)
        case .extended(let clock, let by, let authority, let reason):
            json.member("clock", clock.rawValue)
            json.member("by", by.description)
            json.member("authority", authority)
            json.member("reason", reason)
        case .stageBegun(let stage, let within, let seat):
            json.member("stage", stage)
            json.member("within", within?.description)
            json.member("kind", seat?.kind.rawValue)
            json.member("unit", seat?.unit.rawValue)
            json.member("role", seat?.role.rawValue)
        case .stageEnded(let stage): json.member("stage", stage)
        case .decided(let isGranted, let reasons, let remedy):
            json.member("granted", json: flag(isGranted))
            json.member("reasons", reasons)
            json.member("remedy", remedy)
        case .terminated(let reason): json.member("reason", reason)
        case .rated(let rating, let within):
            json.member("rating", rating.rawValue)
            json.member("within", within?.description)
        case .delivered(let way): json.member("way", way?.rawValue)
        case .reviewAccepted, .reviewForwarded, .resumed, .withdrawn, .calledBack, .hearingAsked, .hearingHeld,
            .hearingWaived:
            break
        case .correctedOnSpot, .materialDeferred, .materialFollowed, .fileReturned, .assigned, .handedOver,
            .stageSigned,
            .returned, .forwarded, .answered, .hearingAnnounced, .exceptionDeclared, .sealed, .issued, .visited,
            .feeCharged, .complained, .complaintAnswered, .recordCorrected:
            encodeService(fact, to: &json)
        }
    }

    static func flag(_ value: Bool) -> [UInt8] { Array((value ? "true" : "false").utf8) }

    static func list(_ texts: [String]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            StoredJSONWriter.append(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    /// The fact of an event; nil for a type that is not one of the procedure.
    static func procedureFact(_ type: EventType, _ members: StoredMembers) throws -> Case.ProcedureFact? {
        let json = members.json
        switch type {
        case rulesPinned:
            var pin = Case.RulePin(
                pack: try members.text("pack"),
                version: try members.int("version"),
                digest: try members.text("digest"),
                item: json["item"]?.string,
                handling: try members.name("handling"),
                statute: try members.limitIfAny("statute"),
                promise: try members.limitIfAny("promise"),
                serviceCalendar: json["serviceCalendar"]?.string
            )
            pin.itemVersion = json["itemVersion"]?.int
            pin.itemDigest = json["itemDigest"]?.string
            pin.seal = try members.codeIfAny("seal")
            return .rulesPinned(pin)
        case supplementNoticed:
            return .supplementNoticed(
                materials: try members.strings("materials"),
                within: try members.limitIfAny("within")
            )
        case supplementReceived:
            return .supplementReceived(
                materials: try members.strings("materials"),
                isComplete: try members.flag("complete")
            )
        case accepted: return .accepted(isDeemed: try members.flag("deemed"))
        case acceptanceRefused:
            return .acceptanceRefused(
                try members.name("ground"),
                competentBody: json["competentBody"]?.string,
                reason: try members.text("reason")
            )
        case reviewAccepted: return .reviewAccepted
        case reviewForwarded: return .reviewForwarded
        case suspended: return .suspended(ground: try members.text("ground"), told: try members.limit("told"))
        case resumed: return .resumed
        case extended:
            let clock = try members.text("clock")
            guard let name = ClockName(rawValue: clock) else {
                throw members.problem("'\(clock)' is no name of a clock")
            }
            return .extended(
                name,
                by: try members.limit("by"),
                authority: try members.text("authority"),
                reason: try members.text("reason")
            )
        case stageBegun:
            return .stageBegun(
                try members.text("stage"),
                within: try members.limitIfAny("within"),
                with: try members.seat()
            )
        case stageEnded: return .stageEnded(try members.text("stage"))
        case decided:
            return .decided(
                isGranted: try members.flag("granted"),
                reasons: try members.text("reasons"),
                remedy: try members.text("remedy")
            )
        case delivered:
            return .delivered(by: json["way"] == nil ? nil : try members.name("way"))
        case withdrawn: return .withdrawn
        case terminated: return .terminated(reason: try members.text("reason"))
        case rated: return .rated(try members.name("rating"), followUp: try members.limitIfAny("within"))
        case calledBack: return .calledBack
        default: return try serviceFact(type, members)
        }
    }
}
