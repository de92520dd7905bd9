import EventStore
import WorkingTime

/// The network of a log with its history: what was known of places and people at any moment.
public struct NetworkBook: Sendable {
    private enum Event: Sendable {
        case unit(UnitCode, UnitEvent)
        case officer(OfficerID, OfficerEvent)
    }

    private struct Item: Sendable {
        let recordedAt: Timestamp
        let event: Event
    }

    /// Stream by stream, each in the order in which it was recorded.
    private var items: [Item] = []
    /// By all that was recorded.
    public private(set) var latest = Network()

    /// An empty book.
    public init() {}

    /// Takes in the next event of a unit's stream. Of two streams either may come first.
    public mutating func take(_ event: UnitEvent, of unit: UnitCode, recordedAt: Timestamp) {
        take(Item(recordedAt: recordedAt, event: .unit(unit, event)))
    }

    /// Takes in the next event of an officer's stream. Of two streams either may come first.
    public mutating func take(_ event: OfficerEvent, of officer: OfficerID, recordedAt: Timestamp) {
        take(Item(recordedAt: recordedAt, event: .officer(officer, event)))
    }

    private mutating func take(_ item: Item) {
        items.append(item)
        Self.take(item, into: &latest)
    }

    private static func take(_ item: Item, into network: inout Network) {
        switch item.event {
        case .unit(let unit, let event): network.take(event, of: unit)
        case .officer(let officer, let event): network.take(event, of: officer)
        }
    }

    /// The network as it was known at a moment: by what was recorded by then. It costs a look at every event; keep it for
    /// many questions about one moment.
    public func network(knownAt moment: Timestamp) -> Network {
        if items.allSatisfy({ $0.recordedAt <= moment }) { return latest }
        var network = Network()
        // Streams do not depend on each other, and each is in its own order.
        for item in items where item.recordedAt <= moment { Self.take(item, into: &network) }
        return network
    }

    /// Reads the network of a log. Errors: `UnreadableEvent`, those of reading a log.
    public static func load(_ log: EventLog) async throws -> NetworkBook {
        var book = NetworkBook()
        for stream in try await log.streams(ofCategory: UnitEventCoding.category) {
            let unit = UnitCode(trusted: String(stream.rawValue.dropFirst(UnitEventCoding.category.utf8.count + 1)))
            for try await recorded in log.readStream(stream) {
                let event = try UnitEventCoding.decode(recorded)
                book.take(event, of: unit, recordedAt: recorded.recordedAt)
            }
        }
        for stream in try await log.streams(ofCategory: OfficerEventCoding.category) {
            let code = String(stream.rawValue.dropFirst(OfficerEventCoding.category.utf8.count + 1))
            let officer = OfficerID(trusted: code)
            for try await recorded in log.readStream(stream) {
                let event = try OfficerEventCoding.decode(recorded)
                book.take(event, of: officer, recordedAt: recorded.recordedAt)
            }
        }
        return book
    }
}
