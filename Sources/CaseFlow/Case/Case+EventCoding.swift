import EventStore

extension Case {
    /// How a case's events stand in the log.
    public enum Coding: EventCoding {
        static let received: EventType = "case.received/1"
        static let stepRecorded: EventType = "case.step-recorded/1"
        static let deadlineSet: EventType = "case.deadline-set/1"
        static let closed: EventType = "case.closed/1"
        static let reopened: EventType = "case.reopened/1"

        /// The stored form of an event.
        public static func encode(_ event: Event, actor: Actor) -> NewEvent {
            var json = StoredJSONWriter()
            let type: EventType
            switch event.fact {
            case .received(let number, let at, let attributes, let intake):
                type = received
                json.member("number", number.rawValue)
                json.member("at", at.description)
                json.member("attributes", json: AttributeCoding.encode(attributes))
                if let intake { json.member("intake", json: encode(intake)) }
            case .stepRecorded(let step):
                type = stepRecorded
                encode(step, to: &json)
            case .deadlineSet(let deadline):
                type = deadlineSet
                json.member("deadline", deadline.description)
            case .closed(let at):
                type = closed
                json.member("at", at.description)
            case .reopened(let at, let reason):
                type = reopened
                json.member("at", at.description)
                json.member("reason", reason)
            case .procedure(let fact, let at):
                type = Self.type(of: fact)
                json.member("at", at.description)
                Self.encode(fact, to: &json)
            case .card(let fact, let at):
                type = Self.type(of: fact)
                json.member("at", at.description)
                Self.encode(fact, to: &json)
            }
            if let standing = event.by { json.member("acting", json: encode(standing)) }
            if let source = event.source { json.member("source", json: encode(source)) }
            return NewEvent(type: type, effectiveAt: event.effectiveAt, actor: actor, data: json.finish())
        }

        /// From the stored form. Throws ``UnreadableEvent`` for a type or a layout that this program does not know.
        public static func decode(_ recorded: RecordedEvent) throws -> Event {
            let json: StoredJSON
            do { json = try StoredJSON(recorded.data) } catch { throw UnreadableEvent(recorded, "\(error)") }
            let members = StoredMembers(recorded, json)
            return Event(
                effectiveAt: recorded.effectiveAt,
                fact: try fact(recorded, json),
                by: try standing(members),
                source: try source(recorded, json)
            )
        }

        private static func fact(_ recorded: RecordedEvent, _ json: StoredJSON) throws -> Fact {
            func text(_ key: String) throws -> String {
                guard let text = json[key]?.string else { throw UnreadableEvent(recorded, "it has no '\(key)'") }
                return text
            }
            func time(_ key: String) throws -> ZonedTime {
                let written = try text(key)
                guard case .zoned(let time) = try? WrittenTime(written) else {
                    throw UnreadableEvent(recorded, "'\(key)' is not a time with an offset")
                }
                return time
            }
            switch recorded.type {
            case received:
                return .received(
                    number: CaseNumber(trusted: try text("number")),
                    at: try time("at"),
                    attributes: try AttributeCoding.decode(json["attributes"], of: recorded),
                    intake: try intake(StoredMembers(recorded, json))
                )
            case stepRecorded:
                return .stepRecorded(try step(recorded, json))
            case deadlineSet: return .deadlineSet(try time("deadline"))
            case closed: return .closed(at: try time("at"))
            case reopened: return .reopened(at: try time("at"), reason: try text("reason"))
            default:
                let members = StoredMembers(recorded, json)
                if let fact = try cardFact(recorded.type, members) { return .card(fact, at: try time("at")) }
                guard let fact = try procedureFact(recorded.type, members) else {
                    throw UnreadableEvent(recorded, "this program does not know its type")
                }
                return .procedure(fact, at: try time("at"))
            }
        }
    }
}

/// Attributes of a source as JSON: `["string","key","value"]` each, children as a fourth element.
enum AttributeCoding {
    static func encode(_ attributes: [XESAttribute]) -> [UInt8] {
        var bytes: [UInt8] = [UInt8(ascii: "[")]
        for (index, attribute) in attributes.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(UInt8(ascii: "["))
            StoredJSONWriter.append(attribute.kind.rawValue, to: &bytes)
            bytes.append(UInt8(ascii: ","))
            StoredJSONWriter.append(attribute.key, to: &bytes)
            bytes.append(UInt8(ascii: ","))
            StoredJSONWriter.append(attribute.value, to: &bytes)
            if !attribute.children.isEmpty {
                bytes.append(UInt8(ascii: ","))
                bytes.append(contentsOf: encode(attribute.children))
            }
            bytes.append(UInt8(ascii: "]"))
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    static func decode(_ json: StoredJSON?, of recorded: RecordedEvent) throws -> [XESAttribute] {
        guard let json else { return [] }
        guard let list = json.array else { throw UnreadableEvent(recorded, "its attributes are not a list") }
        return try list.map { element in
            guard let parts = element.array, parts.count >= 3,
                let kind = parts[0].string.flatMap(XESAttribute.Kind.init),
                let key = parts[1].string, let value = parts[2].string
            else { throw UnreadableEvent(recorded, "an attribute is not [kind, key, value]") }
            return XESAttribute(
                kind,
                key: key,
                value: value,
                children: parts.count > 3 ? try decode(parts[3], of: recorded) : []
            )
        }
    }
}
