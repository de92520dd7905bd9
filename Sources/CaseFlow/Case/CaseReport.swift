import EventStore

/// A case's history in the form in which commands and services hand it out as JSON.
public struct CaseReport: Sendable, Encodable {
    /// One event.
    public struct Event: Sendable, Encodable {
        /// Place in the log, and in the stream.
        public let position, version: Int64
        /// Its type, with version.
        public let type: String
        /// RFC 3339, UTC.
        public let effectiveAt, recordedAt: String
        /// Who recorded it.
        public let actor: String
        /// Base64.
        public let leaf: String
        /// As stored.
        public let data, metadata: EmbeddedJSON
    }

    /// The state that the events lead to.
    public struct State: Sendable, Encodable {
        /// `open` or `closed`; `unknown` before its receipt.
        public let phase: String
        /// RFC 3339 with the local offset.
        public let receivedAt, deadline, closedAt: String?
        /// Steps, and how often it was opened again.
        public let steps, reopened: Int
        /// The last step.
        public let lastStep: String?
        /// RFC 3339, UTC.
        public let lastStepAt: String?
        /// What the source says about the case; attributes with children are left to the events.
        public let attributes: [String: String]
    }

    /// Its number.
    public let `case`: String?
    /// Whose time the events bear: `real`, or `simulated` for a case of a simulation.
    public let logClock: String
    /// Its stream.
    public let stream: String
    /// Its state.
    public let state: State
    /// What it has come to behind the window; nil for a case that is not of the catalogue.
    public let service: Service?
    /// Its cards, by clock; nil where it has none.
    public let cards: [Card]?
    /// Events that lie after the moment asked about.
    public let later: Int
    /// Which of the two times decided what is seen: `recorded` or `effective`.
    public let by: CaseHistory.Clock
    /// How many events the other time would show.
    public let byOtherClock: Int
    /// Its events, in recorded order; nil where only the state was asked for.
    public let events: [Event]?

    /// The report of a history.
    /// - Parameters:
    ///   - logClock: as the log says.
    ///   - itemName: the name of its item, for people.
    public init(_ history: CaseHistory, withEvents: Bool, logClock: String = "real", itemName: String? = nil) throws {
        let state = history.state
        service = Service(history, itemName: itemName)
        self.logClock = logClock
        `case` = state.number?.rawValue
        stream = history.stream.rawValue
        cards = state.cards.isEmpty ? nil : state.cards.sorted { $0.key < $1.key }.map(Card.init)
        later = history.later
        by = history.clock
        byOtherClock = history.byOtherClock
        self.state = State(
            phase: state.phase.rawValue,
            receivedAt: state.receivedAt?.description,
            deadline: state.deadline?.description,
            closedAt: state.closedAt?.description,
            steps: state.steps,
            reopened: state.reopened,
            lastStep: state.lastStep?.activity,
            lastStepAt: state.lastStepAt?.description,
            attributes: Dictionary(
                state.attributes.filter(\.children.isEmpty).map { ($0.key, $0.value) }
            ) { first, _ in first }
        )
        events =
            !withEvents
            ? nil
            : try history.events.map { recorded, _ in
                Event(
                    position: recorded.position,
                    version: recorded.version,
                    type: recorded.type.rawValue,
                    effectiveAt: recorded.effectiveAt.description,
                    recordedAt: recorded.recordedAt.description,
                    actor: recorded.actor.rawValue,
                    leaf: recorded.leafText,
                    data: try EmbeddedJSON(recorded.data),
                    metadata: try EmbeddedJSON(recorded.metadata)
                )
            }
    }
}

/// JSON text of the log as a value within other JSON.
public struct EmbeddedJSON: Sendable, Encodable {
    private let value: StoredJSON

    /// Reads JSON text.
    public init(_ bytes: [UInt8]) throws { value = try StoredJSON(bytes) }

    /// Writes the value.
    public func encode(to encoder: any Encoder) throws { try Self.encode(value, to: encoder) }

    private struct Nested: Encodable {
        let value: StoredJSON
        func encode(to encoder: any Encoder) throws { try EmbeddedJSON.encode(value, to: encoder) }
    }

    private struct Key: CodingKey {
        let stringValue: String
        let intValue: Int? = nil
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private static func encode(_ value: StoredJSON, to encoder: any Encoder) throws {
        switch value {
        case .object(let members):
            var container = encoder.container(keyedBy: Key.self)
            for (key, member) in members { try container.encode(Nested(value: member), forKey: Key(stringValue: key)) }
        case .array(let elements):
            var container = encoder.unkeyedContainer()
            for element in elements { try container.encode(Nested(value: element)) }
        default:
            var container = encoder.singleValueContainer()
            switch value {
            case .string(let text): try container.encode(text)
            case .bool(let flag): try container.encode(flag)
            case .number(let text):
                if let whole = Int64(text) {
                    try container.encode(whole)
                } else {
                    try container.encode(Double(text) ?? 0)
                }
            default: try container.encodeNil()
            }
        }
    }
}
