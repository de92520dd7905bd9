import EventStore
import WorkingTime

/// How the events of subjects stand in the log.
public enum SubjectEventCoding: EventCoding {
    static let lookedAt: EventType = "subject.looked-at/1"
    static let erased: EventType = "subject.erased/1"

    /// The stored form of an event. Its actor is the event's own; `actor` has to be the same.
    public static func encode(_ event: SubjectEvent, actor: Actor) -> NewEvent {
        var json = StoredJSONWriter()
        let type: EventType
        switch event.fact {
        case .lookedAt(let role, let why, let caseStream, let fields):
            type = lookedAt
            json.member("role", role.rawValue)
            json.member("reason", why)
            json.member("case", caseStream?.rawValue)
            json.member("fields", json: list(fields))
        case .erased(let reason, let day):
            type = erased
            json.member("reason", reason)
            json.member("on", day.description)
        }
        return NewEvent(type: type, effectiveAt: event.effectiveAt, actor: event.actor, data: json.finish())
    }

    private static func list(_ fields: [PersonalData.Field]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, field) in fields.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            StoredJSONWriter.append(field.rawValue, to: &bytes)
        }
        return bytes + [UInt8(ascii: "]")]
    }

    /// From the stored form. Throws `UnreadableEvent` for a type or a layout that this program does not know.
    public static func decode(_ recorded: RecordedEvent) throws -> SubjectEvent {
        let stored = try StoredMembers(recorded)
        let fact: SubjectEvent.Fact
        switch recorded.type {
        case lookedAt:
            let names = try stored.strings("fields")
            let fields = names.compactMap(PersonalData.Field.init)
            if fields.count != names.count { throw stored.unreadable("fields") }
            fact = .lookedAt(
                role: try stored.name("role"),
                why: try stored.text("reason"),
                case: try stored.textIfAny("case").map(StreamName.init(trusted:)),
                fields: fields
            )
        case erased: fact = .erased(reason: try stored.text("reason"), on: try stored.day("on"))
        default: throw UnreadableEvent(recorded, "this program does not know its type")
        }
        return SubjectEvent(effectiveAt: recorded.effectiveAt, actor: recorded.actor, fact: fact)
    }
}
