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
        case .stageBegun(let stage, let within):
            json.member("stage", stage)
            json.member("within", within?.description)
        case .stageEnded(let stage): json.member("stage", stage)
        case .decided(let isGranted, let reasons, let remedy):
            json.member("granted", json: flag(isGranted))
            json.member("reasons", reasons)
            json.member("remedy", remedy)
        case .terminated(let reason): json.member("reason", reason)
        case .rated(let rating, let within):
            json.member("rating", rating.rawValue)
            json.member("within", within?.description)
        case .reviewAccepted, .reviewForwarded, .resumed, .delivered, .withdrawn, .calledBack: break
        }
    }

    private static func flag(_ value: Bool) -> [UInt8] { Array((value ? "true" : "false").utf8) }

    private static func list(_ texts: [String]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, text) in texts.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            StoredJSONWriter.append(text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    /// The fact of an event; nil for a type that is not one of the procedure.
    static func procedureFact(_ recorded: RecordedEvent, _ json: StoredJSON) throws -> Case.ProcedureFact? {
        let members = Members(recorded: recorded, json: json)
        switch recorded.type {
        case rulesPinned:
            return .rulesPinned(
                Case.RulePin(
                    pack: try members.text("pack"),
                    version: try members.whole("version"),
                    digest: try members.text("digest"),
                    item: json["item"]?.string,
                    handling: try members.name("handling"),
                    statute: try members.limit("statute"),
                    promise: try members.limit("promise"),
                    serviceCalendar: json["serviceCalendar"]?.string
                )
            )
        case supplementNoticed:
            return .supplementNoticed(materials: try members.list("materials"), within: try members.limit("within"))
        case supplementReceived:
            return .supplementReceived(
                materials: try members.list("materials"),
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
        case suspended: return .suspended(ground: try members.text("ground"), told: try members.wantedLimit("told"))
        case resumed: return .resumed
        case extended:
            let clock = try members.text("clock")
            guard let name = ClockName(rawValue: clock) else {
                throw UnreadableEvent(recorded, "'\(clock)' is no name of a clock")
            }
            return .extended(
                name,
                by: try members.wantedLimit("by"),
                authority: try members.text("authority"),
                reason: try members.text("reason")
            )
        case stageBegun: return .stageBegun(try members.text("stage"), within: try members.limit("within"))
        case stageEnded: return .stageEnded(try members.text("stage"))
        case decided:
            return .decided(
                isGranted: try members.flag("granted"),
                reasons: try members.text("reasons"),
                remedy: try members.text("remedy")
            )
        case delivered: return .delivered
        case withdrawn: return .withdrawn
        case terminated: return .terminated(reason: try members.text("reason"))
        case rated: return .rated(try members.name("rating"), followUp: try members.limit("within"))
        case calledBack: return .calledBack
        default: return nil
        }
    }

    /// Reads members of an event, or says which is not as it should be.
    private struct Members {
        let recorded: RecordedEvent
        let json: StoredJSON

        private func missing(_ key: String, _ what: String) -> UnreadableEvent {
            UnreadableEvent(recorded, "'\(key)' is no \(what)")
        }

        func text(_ key: String) throws -> String {
            guard let text = json[key]?.string else { throw missing(key, "text") }
            return text
        }

        func whole(_ key: String) throws -> Int {
            guard let number = json[key]?.int else { throw missing(key, "whole number") }
            return number
        }

        func flag(_ key: String) throws -> Bool {
            guard case .bool(let flag)? = json[key] else { throw missing(key, "true or false") }
            return flag
        }

        func list(_ key: String) throws -> [String] {
            guard let list = json[key]?.array else { throw missing(key, "list") }
            return try list.map { element in
                guard let text = element.string else { throw missing(key, "list of texts") }
                return text
            }
        }

        func limit(_ key: String) throws -> Limit? {
            if json[key] == nil { return nil }
            return try wantedLimit(key)
        }

        func wantedLimit(_ key: String) throws -> Limit {
            guard let limit = Limit(try text(key)) else { throw missing(key, "limit") }
            return limit
        }

        func name<Names: RawRepresentable>(_ key: String) throws -> Names where Names.RawValue == String {
            guard let name = Names(rawValue: try text(key)) else { throw missing(key, "known name") }
            return name
        }
    }
}
