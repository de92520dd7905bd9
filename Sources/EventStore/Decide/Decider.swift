/// The rules of one kind of stream, as pure functions.
///
/// `decide` says what happens when a command meets a state: the events, `[]` if it has happened already (so every
/// command can be repeated), or a rejection that carries the rule. `evolve` says what an event does to the state; the
/// meaning of a released event never changes. Neither knows the time, makes ids or waits: all comes in the command.
public protocol Decider: Sendable {
    /// What is known of a stream.
    associatedtype State: Sendable
    /// What is wanted.
    associatedtype Command: Sendable
    /// What has happened.
    associatedtype Event: Sendable
    /// Why it may not happen.
    associatedtype Rejection: Error

    /// The state of a stream without events.
    static var initial: State { get }
    /// What happens.
    static func decide(_ command: Command, _ state: State) throws(Rejection) -> [Event]
    /// What an event does.
    static func evolve(_ state: inout State, _ event: Event)
    /// Whether an event says the same again as one of the same type that the same request brought about before. Times that
    /// the command takes from a clock may differ. Default: always.
    static func isRepeated(_ event: Event, by other: Event) -> Bool
}

extension Decider {
    /// Always: the types were compared.
    public static func isRepeated(_ event: Event, by other: Event) -> Bool { true }
}

/// How the events of a decider are written and read: names and layouts that never change once released.
public protocol EventCoding: Sendable {
    /// The decider's event.
    associatedtype Event: Sendable

    /// The stored form, with the actor who records it.
    static func encode(_ event: Event, actor: Actor) throws -> NewEvent
    /// From the stored form; older versions are brought up to date here. Throws for a type that it does not know.
    static func decode(_ recorded: RecordedEvent) throws -> Event
}

/// An event that this program cannot read.
public struct UnreadableEvent: Error, Sendable, CustomStringConvertible {
    /// Which, and what was wrong.
    public let description: String

    /// An unreadable event.
    public init(_ recorded: RecordedEvent, _ why: String) {
        description = "event \(recorded.position) (\(recorded.type)) of \(recorded.stream) cannot be read: \(why)"
    }
}
