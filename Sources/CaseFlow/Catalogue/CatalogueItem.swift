import EventStore

/// The rules of an item's stream: it is published, amended, withdrawn, and may be published again.
///
/// Every change makes a version, 1, 2, …, and no version ever changes: a case keeps the one that it was accepted under.
public enum CatalogueItem: Decider {
    /// A version of an item.
    public struct Version: Sendable, Hashable {
        /// 1, 2, …
        public var number: Int
        /// The item.
        public var item: ServiceItem
        /// Its digest.
        public var digest: String
    }

    /// What is known of an item's stream.
    public struct State: Sendable, Hashable {
        /// All versions; the number of a version is its index plus one.
        public var versions: [Version] = []
        /// Why it was withdrawn; nil where it was not.
        public var withdrawn: String?

        /// The version that can be asked for; nil where there is none.
        public var inForce: Version? { withdrawn == nil ? versions.last : nil }
    }

    /// An empty stream.
    public static let initial = State()

    /// What can be wanted of an item.
    public enum Command: Sendable, Hashable {
        /// Let the item be so: publish it, or amend it.
        case enter(ServiceItem, by: Actor, at: Timestamp)
        /// Take it out of the catalogue.
        case withdraw(reason: String, by: Actor, at: Timestamp)
    }

    /// Why something may not be done.
    public enum Rejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// The item is wrong in itself.
        case unsound(ItemCode, [ItemIssue])
        /// The stream is that of another item.
        case otherItem(ItemCode, has: ItemCode)
        /// There is nothing to withdraw.
        case notPublished
        /// A withdrawal needs a reason.
        case noReason
        /// The reason holds personal data.
        case trace(PersonalTrace)

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .unsound(let code, let issues):
                "\(code) is refused: "
                    + issues.map { "\($0.what[.english]) (\($0.mend[.english]))" }.joined(separator: "; ")
            case .otherItem(let code, let has): "the stream is that of \(has), not of \(code)"
            case .notPublished: "the item was never published; import it first"
            case .noReason: "say why the item is withdrawn"
            case .trace(let trace): "the reason is refused: \(trace.words[.english])"
            }
        }
    }

    /// What happens when a command meets an item. Pure; `[]` when it is so already.
    public static func decide(_ command: Command, _ state: State) throws(Rejection) -> [ItemEvent] {
        switch command {
        case .enter(let item, let actor, let moment):
            if let has = state.versions.first?.item.code, has != item.code { throw .otherItem(item.code, has: has) }
            // Rules, calendars and the network are no part of the stream: what rests on them was checked before.
            let faults = ItemCheck().issues(of: item).filter { !$0.rule.isRemark }
            if !faults.isEmpty { throw .unsound(item.code, faults) }
            // By the bytes: Swift holds texts for equal that are written with different code points.
            if state.inForce?.digest == item.digest { return [] }
            let version = state.versions.count + 1
            let fact: ItemEvent.Fact =
                state.inForce == nil ? .published(version: version, item) : .amended(version: version, item)
            return [ItemEvent(effectiveAt: moment, actor: actor, fact: fact)]
        case .withdraw(let reason, let actor, let moment):
            if state.versions.isEmpty { throw .notPublished }
            if state.withdrawn != nil { return [] }
            guard reason.contains(where: { !$0.isWhitespace }) else { throw .noReason }
            if let trace = PersonalTrace.first(in: reason) { throw .trace(trace) }
            return [ItemEvent(effectiveAt: moment, actor: actor, fact: .withdrawn(reason: reason))]
        }
    }

    /// What an event does to an item. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: ItemEvent) {
        switch event.fact {
        case .published(let version, let item), .amended(let version, let item):
            state.versions.append(Version(number: version, item: item, digest: item.digest))
            state.withdrawn = nil
        case .withdrawn(let reason): state.withdrawn = reason
        }
    }
}
