import EventStore
import WorkingTime

/// How the events of units stand in the log.
public enum UnitEventCoding: EventCoding {
    /// The category of the streams.
    public static let category = "network"

    static let established: EventType = "network.unit-established/1"
    static let changed: EventType = "network.unit-changed/1"
    static let closed: EventType = "network.unit-closed/1"
    static let postCreated: EventType = "network.post-created/1"
    static let postAbolished: EventType = "network.post-abolished/1"
    static let postFilled: EventType = "network.post-filled/1"
    static let postVacated: EventType = "network.post-vacated/1"
    static let dutySet: EventType = "network.duty-set/1"
    static let dutyEnded: EventType = "network.duty-ended/1"

    /// The stored form of an event. Its actor is the event's own; `actor` has to be the same.
    public static func encode(_ event: UnitEvent, actor: Actor) -> NewEvent {
        var json = StoredJSONWriter()
        let type: EventType
        switch event.fact {
        case .established(let profile, let day), .changed(let profile, let day):
            if case .changed = event.fact { type = changed } else { type = established }
            json.member("from", day.description)
            json.member("unit", json: stored(profile))
        case .closed(let day, let reason):
            type = closed
            json.member("from", day.description)
            json.member("reason", reason)
        case .postCreated(let post, let role, let day):
            type = postCreated
            json.member("post", post.rawValue)
            json.member("role", role.rawValue)
            json.member("from", day.description)
        case .postAbolished(let post, let day):
            type = postAbolished
            json.member("post", post.rawValue)
            json.member("from", day.description)
        case .postFilled(let post, let holder, let officer, let day):
            type = postFilled
            json.member("post", post.rawValue)
            json.member("holder", holder.rawValue)
            json.member("officer", officer.rawValue)
            json.member("from", day.description)
        case .postVacated(let post, let holder, let day):
            type = postVacated
            json.member("post", post.rawValue)
            json.member("holder", holder.rawValue)
            json.member("from", day.description)
        case .dutySet(let duty, let day):
            type = dutySet
            json.member("from", day.description)
            write(duty, to: &json)
        case .dutyEnded(let duty, let day):
            type = dutyEnded
            json.member("duty", duty.rawValue)
            json.member("from", day.description)
        }
        return NewEvent(type: type, effectiveAt: event.effectiveAt, actor: event.actor, data: json.finish())
    }

    /// From the stored form. Throws `UnreadableEvent` for a type or a layout that this program does not know.
    public static func decode(_ recorded: RecordedEvent) throws -> UnitEvent {
        let stored = try StoredMembers(recorded)
        let fact: UnitEvent.Fact
        switch recorded.type {
        case established: fact = .established(try profile(stored.object("unit")), from: try stored.day("from"))
        case changed: fact = .changed(try profile(stored.object("unit")), from: try stored.day("from"))
        case closed: fact = .closed(from: try stored.day("from"), reason: try stored.text("reason"))
        case postCreated:
            fact = .postCreated(try stored.code("post"), role: try stored.name("role"), from: try stored.day("from"))
        case postAbolished: fact = .postAbolished(try stored.code("post"), from: try stored.day("from"))
        case postFilled:
            fact = .postFilled(
                try stored.code("post"),
                try stored.name("holder"),
                try stored.code("officer"),
                from: try stored.day("from")
            )
        case postVacated:
            fact = .postVacated(try stored.code("post"), try stored.name("holder"), from: try stored.day("from"))
        case dutySet: fact = .dutySet(try duty(stored), from: try stored.day("from"))
        case dutyEnded: fact = .dutyEnded(try stored.code("duty"), from: try stored.day("from"))
        default: throw UnreadableEvent(recorded, "this program does not know its type")
        }
        return UnitEvent(effectiveAt: recorded.effectiveAt, actor: recorded.actor, fact: fact)
    }

    private static func stored(_ profile: UnitProfile) -> [UInt8] {
        var name = StoredJSONWriter()
        for language in profile.name.languages { name.member(named: language.rawValue, profile.name[language]) }
        var json = StoredJSONWriter()
        json.member("code", profile.code.rawValue)
        json.member("name", json: name.finish())
        json.member("kind", profile.kind.rawValue)
        json.member("parent", profile.parent?.rawValue)
        json.member("region", profile.region?.rawValue)
        json.member("seal", profile.seal?.rawValue)
        json.member("calendar", profile.calendar?.rawValue)
        return json.finish()
    }

    private static func profile(_ stored: StoredMembers) throws -> UnitProfile {
        UnitProfile(
            try stored.code("code"),
            name: try stored.localized("name"),
            kind: try stored.name("kind"),
            parent: try stored.codeIfAny("parent"),
            region: try stored.codeIfAny("region"),
            seal: try stored.codeIfAny("seal"),
            calendar: try stored.codeIfAny("calendar")
        )
    }

    private static func write(_ duty: Duty, to json: inout StoredJSONWriter) {
        json.member("duty", duty.name.rawValue)
        json.member("kind", duty.kind.rawValue)
        json.member("at", duty.place.rawValue)
        switch duty.days {
        case .every(let count, let first):
            json.member("every", count)
            json.member("first", first.description)
        case .weekdays(let weekdays): json.member("weekdays", json: list(weekdays.map { WorkWeek([$0]).description }))
        case .dates(let dates): json.member("dates", json: list(dates.map(\.description)))
        }
        json.member("hours", duty.hours.description)
        json.member("seal", json: Array((duty.hasSeal ? "true" : "false").utf8))
    }

    private static func duty(_ stored: StoredMembers) throws -> Duty {
        let days: Duty.Days
        if stored.has("every") {
            days = .every(try stored.int("every"), from: try stored.day("first"))
        } else if stored.has("weekdays") {
            guard let week = WorkWeek(names: try stored.strings("weekdays").joined(separator: " ")) else {
                throw stored.unreadable("weekdays")
            }
            days = .weekdays(Weekday.allCases.filter(week.contains))
        } else {
            days = .dates(
                try stored.strings("dates").map { text in
                    guard let day = try? CivilDate(text) else { throw stored.unreadable("dates") }
                    return day
                }
            )
        }
        guard days.normalised == days else { throw stored.unreadable(stored.has("every") ? "every" : "dates") }
        guard let hours = try? DayHours(try stored.text("hours")) else { throw stored.unreadable("hours") }
        return Duty(
            try stored.code("duty"),
            kind: try stored.name("kind"),
            at: try stored.code("at"),
            on: days,
            hours: hours,
            hasSeal: try stored.flag("seal")
        )
    }

    private static func list(_ texts: [String]) -> [UInt8] {
        let elements = texts.map { text in
            var bytes: [UInt8] = []
            StoredJSONWriter.append(text, to: &bytes)
            return bytes
        }
        return [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}
