import EventStore
import WorkingTime

/// How the events of officers stand in the log.
public enum OfficerEventCoding: EventCoding {
    /// The category of the streams.
    public static let category = "officer"

    static let registered: EventType = "officer.registered/1"
    static let absent: EventType = "officer.absent/1"
    static let back: EventType = "officer.back/1"
    static let left: EventType = "officer.left/1"

    /// The stored form of an event. Its actor is the event's own; `actor` has to be the same.
    public static func encode(_ event: OfficerEvent, actor: Actor) -> NewEvent {
        var json = StoredJSONWriter()
        let type: EventType
        switch event.fact {
        case .registered(let day):
            type = registered
            json.member("from", day.description)
        case .absent(let absence):
            type = absent
            json.member("from", absence.from.description)
            json.member("through", absence.through.description)
            json.member("reason", absence.reason.rawValue)
        case .back(let day):
            type = back
            json.member("on", day.description)
        case .left(let day):
            type = left
            json.member("from", day.description)
        }
        return NewEvent(type: type, effectiveAt: event.effectiveAt, actor: event.actor, data: json.finish())
    }

    /// From the stored form. Throws `UnreadableEvent` for a type or a layout that this program does not know.
    public static func decode(_ recorded: RecordedEvent) throws -> OfficerEvent {
        let stored = try StoredMembers(recorded)
        let fact: OfficerEvent.Fact
        switch recorded.type {
        case registered: fact = .registered(from: try stored.day("from"))
        case absent:
            let absence = Officer.Absence(
                from: try stored.day("from"),
                through: try stored.day("through"),
                reason: try stored.name("reason")
            )
            fact = .absent(absence)
        case back: fact = .back(on: try stored.day("on"))
        case left: fact = .left(from: try stored.day("from"))
        default: throw UnreadableEvent(recorded, "this program does not know its type")
        }
        return OfficerEvent(effectiveAt: recorded.effectiveAt, actor: recorded.actor, fact: fact)
    }
}
