import EventStore

/// How the events of the catalogue stand in the log.
public enum ItemEventCoding: EventCoding {
    /// The category of the streams.
    public static let category = "catalogue"

    static let published: EventType = "catalogue.item-published/1"
    static let amended: EventType = "catalogue.item-amended/1"
    static let withdrawn: EventType = "catalogue.item-withdrawn/1"

    /// The stored form of an event. Its actor is the event's own; `actor` has to be the same.
    public static func encode(_ event: ItemEvent, actor: Actor) -> NewEvent {
        var json = StoredJSONWriter()
        let type: EventType
        switch event.fact {
        case .published(let version, let item):
            type = published
            write(version, item, to: &json)
        case .amended(let version, let item):
            type = amended
            write(version, item, to: &json)
        case .withdrawn(let reason):
            type = withdrawn
            json.member("reason", reason)
        }
        return NewEvent(type: type, effectiveAt: event.effectiveAt, actor: event.actor, data: json.finish())
    }

    /// From the stored form. Throws `UnreadableEvent` for a type or a layout that this program does not know, and for an
    /// item that does not have the digest that stands beside it.
    public static func decode(_ recorded: RecordedEvent) throws -> ItemEvent {
        let json: StoredJSON
        do { json = try StoredJSON(recorded.data) } catch { throw UnreadableEvent(recorded, "\(error)") }
        let fact: ItemEvent.Fact
        switch recorded.type {
        case published, amended:
            guard let version = json["version"]?.int else { throw UnreadableEvent(recorded, "it has no 'version'") }
            guard let stored = json["item"] else { throw UnreadableEvent(recorded, "it has no 'item'") }
            let item: ServiceItem
            do throws(UnreadableItem) { item = try StoredItemReader(stored).item() } catch {
                throw UnreadableEvent(recorded, "of its item: \(error)")
            }
            guard json["digest"]?.string == item.digest else {
                throw UnreadableEvent(recorded, "its digest is not that of its item")
            }
            fact =
                recorded.type == published
                ? .published(version: version, item) : .amended(version: version, item)
        case withdrawn:
            guard let reason = json["reason"]?.string else { throw UnreadableEvent(recorded, "it has no 'reason'") }
            fact = .withdrawn(reason: reason)
        default: throw UnreadableEvent(recorded, "this program does not know its type")
        }
        return ItemEvent(effectiveAt: recorded.effectiveAt, actor: recorded.actor, fact: fact)
    }

    private static func write(_ version: Int, _ item: ServiceItem, to json: inout StoredJSONWriter) {
        json.member("version", version)
        json.member("digest", item.digest)
        json.member("item", json: ItemCoding.encode(item))
    }
}
