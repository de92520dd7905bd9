import Foundation

/// Where the daemon takes the time of recording from. Tests bring a clock of their own.
public struct RecordingClock: Sendable {
    /// Now, in UTC.
    public let now: @Sendable () -> Timestamp

    /// A clock.
    public init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    /// The machine's clock.
    public static let system = RecordingClock {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }
}
