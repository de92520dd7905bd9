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
        let json: StoredJSON
        do { json = try StoredJSON(recorded.data) } catch { throw UnreadableEvent(recorded, "\(error)") }
        func text(_ key: String) throws -> String {
            guard let text = json[key]?.string else { throw UnreadableEvent(recorded, "it has no '\(key)'") }
            return text
        }
        let fact: SubjectEvent.Fact
        switch recorded.type {
        case lookedAt:
            guard let role = OfficerRole(rawValue: try text("role")) else {
                throw UnreadableEvent(recorded, "its 'role' cannot be understood")
            }
            guard let stored = json["fields"]?.array else { throw UnreadableEvent(recorded, "it has no 'fields'") }
            let fields = stored.compactMap { $0.string.flatMap(PersonalData.Field.init) }
            guard fields.count == stored.count else {
                throw UnreadableEvent(recorded, "its 'fields' cannot be understood")
            }
            let caseStream = json["case"]?.string.map(StreamName.init(trusted:))
            fact = .lookedAt(role: role, why: try text("reason"), case: caseStream, fields: fields)
        case erased:
            guard let day = try? CivilDate(try text("on")) else {
                throw UnreadableEvent(recorded, "its 'on' is no day")
            }
            fact = .erased(reason: try text("reason"), on: day)
        default: throw UnreadableEvent(recorded, "this program does not know its type")
        }
        return SubjectEvent(effectiveAt: recorded.effectiveAt, actor: recorded.actor, fact: fact)
    }
}
