import EventStore
import TransparencyLog

/// Something that has happened to an item of the catalogue: an event of a stream `catalogue/<item code>`.
public struct ItemEvent: Sendable, Hashable {
    /// When it was done, as claimed.
    public var effectiveAt: Timestamp
    /// Who did it.
    public var actor: Actor
    /// What.
    public var fact: Fact

    /// An event.
    public init(effectiveAt: Timestamp, actor: Actor, fact: Fact) {
        (self.effectiveAt, self.actor, self.fact) = (effectiveAt, actor, fact)
    }

    /// What can happen. Names in storage are literals; see ``ItemEventCoding``.
    public enum Fact: Sendable, Hashable {
        /// The item can be asked for from now on; its first version, or the next one after a withdrawal.
        case published(version: Int, ServiceItem)
        /// The item is different from now on.
        case amended(version: Int, ServiceItem)
        /// The item cannot be asked for any more. Cases that were accepted go on under their version.
        case withdrawn(reason: String)
    }
}

extension ServiceItem {
    /// SHA-256 of the item as it stands in the log, base64: what a case is pinned to, provably. Two items that differ in
    /// anything have different digests.
    public var digest: String { Digest.sha256(ItemCoding.encode(self)).base64 }
}
