import EventStore

/// The catalogue of a log: every item with all its versions, since when each was known, and who entered it.
public struct CatalogueBook: Sendable {
    /// A version, with its record. A class, because it goes along with every command on a case: an item of many members is
    /// dear to copy.
    public final class Version: Sendable, Hashable {
        /// 1, 2, …
        public let number: Int
        /// The item.
        public let item: ServiceItem
        /// Its digest.
        public let digest: String
        /// When it was recorded: since then it is in force.
        public let knownSince: Timestamp
        /// Who entered it.
        public let enteredBy: Actor

        /// A version.
        public init(number: Int, item: ServiceItem, digest: String, knownSince: Timestamp, enteredBy: Actor) {
            (self.number, self.item, self.digest) = (number, item, digest)
            (self.knownSince, self.enteredBy) = (knownSince, enteredBy)
        }

        /// Member by member; the digest stands for the item.
        public static func == (left: Version, right: Version) -> Bool {
            left === right
                || left.number == right.number && left.digest == right.digest && left.knownSince == right.knownSince
                    && left.enteredBy == right.enteredBy
        }

        /// By item and number.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(number)
            hasher.combine(digest)
        }
    }

    /// An item and what became of it.
    public struct Entry: Sendable, Hashable {
        /// All versions; the number of a version is its index plus one.
        public var versions: [Version] = []
        /// When it was withdrawn, each time, and when it was published again.
        public var withdrawals: [Withdrawal] = []

        /// The version that can be asked for; nil where the item is withdrawn.
        public var inForce: Version? { isWithdrawn ? nil : versions.last }

        /// Whether it cannot be asked for now.
        public var isWithdrawn: Bool { withdrawals.last.map { $0.until == nil } ?? false }
    }

    /// A time during which an item could not be asked for.
    public struct Withdrawal: Sendable, Hashable {
        /// Why.
        public var reason: String
        /// Recorded since.
        public var since: Timestamp
        /// When it was published again; nil where it was not.
        public var until: Timestamp?
        /// Who withdrew it.
        public var by: Actor
    }

    /// What a case is pinned to: this version, and no other, whatever becomes of the item.
    public struct Pin: Sendable, Hashable {
        /// The item.
        public var code: ItemCode
        /// The version.
        public var version: Int
        /// Its digest.
        public var digest: String

        /// A pin.
        public init(code: ItemCode, version: Int, digest: String) {
            (self.code, self.version, self.digest) = (code, version, digest)
        }
    }

    /// Why a version cannot be had.
    public enum Problem: Error, Sendable, Hashable, CustomStringConvertible {
        /// There is no such item.
        case noSuchItem(ItemCode)
        /// The item has no such version.
        case noSuchVersion(ItemCode, Int, has: Int)
        /// The version is not the one that was pinned.
        case otherDigest(Pin, has: String)
        /// The item was not in the catalogue at that moment.
        case notInForce(ItemCode, at: Timestamp)

        /// What was asked for and what there is.
        public var description: String {
            switch self {
            case .noSuchItem(let code):
                "the catalogue has no item \(code); `catalogue show` lists what there is"
            case .noSuchVersion(let code, let version, let has):
                "\(code) has no version \(version), only 1 to \(has)"
            case .otherDigest(let pin, let has):
                "version \(pin.version) of \(pin.code) has the digest \(has), not \(pin.digest): this is another log"
            case .notInForce(let code, let moment): "\(code) could not be asked for at \(moment)"
            }
        }
    }

    /// The items by their codes.
    public private(set) var entries: [ItemCode: Entry] = [:]

    /// An empty catalogue.
    public init() {}

    /// The codes, in order.
    public var codes: [ItemCode] { entries.keys.sorted() }

    /// A version of an item; without a number the latest one, be it withdrawn or not.
    public func version(_ code: ItemCode, _ number: Int? = nil) throws(Problem) -> Version {
        guard let versions = entries[code]?.versions, let last = versions.last else { throw .noSuchItem(code) }
        guard let number else { return last }
        guard versions.indices.contains(number - 1) else {
            throw .noSuchVersion(code, number, has: versions.count)
        }
        return versions[number - 1]
    }

    /// The version that was pinned, exactly.
    public func version(_ pin: Pin) throws(Problem) -> Version {
        let version = try version(pin.code, pin.version)
        guard version.digest == pin.digest else { throw .otherDigest(pin, has: version.digest) }
        return version
    }

    /// The version that was in force, as it was known at a moment: what a case that is accepted then goes by.
    public func version(_ code: ItemCode, knownAt moment: Timestamp) throws(Problem) -> Version {
        guard let entry = entries[code] else { throw .noSuchItem(code) }
        let isOut = entry.withdrawals.contains { $0.since <= moment && moment < ($0.until ?? .latest) }
        guard !isOut, let version = entry.versions.last(where: { $0.knownSince <= moment }) else {
            throw .notInForce(code, at: moment)
        }
        return version
    }

    /// The version that a case goes by that was received at a moment: the one in force then; of a receipt before the item
    /// was entered at all, the first.
    public func version(_ code: ItemCode, inForceAt moment: Timestamp) throws(Problem) -> Version {
        guard let first = entries[code]?.versions.first else { throw .noSuchItem(code) }
        return moment < first.knownSince ? first : try version(code, knownAt: moment)
    }

    /// Takes in the next event of an item's stream.
    public mutating func take(_ event: ItemEvent, of code: ItemCode, recordedAt: Timestamp) {
        var entry = entries[code] ?? Entry()
        switch event.fact {
        case .published(let number, let item), .amended(let number, let item):
            if entry.isWithdrawn { entry.withdrawals[entry.withdrawals.count - 1].until = recordedAt }
            entry.versions.append(
                Version(
                    number: number,
                    item: item,
                    digest: item.digest,
                    knownSince: recordedAt,
                    enteredBy: event.actor
                )
            )
        case .withdrawn(let reason):
            entry.withdrawals.append(Withdrawal(reason: reason, since: recordedAt, until: nil, by: event.actor))
        }
        entries[code] = entry
    }

    /// Reads the catalogue of a log, or one item of it. Errors: `UnreadableEvent`, those of reading a log.
    public static func load(_ log: EventLog, only code: ItemCode? = nil) async throws -> CatalogueBook {
        var book = CatalogueBook()
        let streams: [StreamName]
        if let code {
            streams = [code.stream]
        } else {
            streams = try await log.streams(ofCategory: ItemEventCoding.category)
        }
        for stream in streams {
            let code = ItemCode(trusted: String(stream.rawValue.dropFirst(ItemEventCoding.category.utf8.count + 1)))
            for try await recorded in log.readStream(stream) {
                book.take(try ItemEventCoding.decode(recorded), of: code, recordedAt: recorded.recordedAt)
            }
        }
        return book
    }
}
