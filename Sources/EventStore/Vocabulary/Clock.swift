import Foundation

/// Where the daemon takes the time of recording from. Tests bring a clock of their own, and so does a simulation.
public struct RecordingClock: Sendable {
    /// Now, in UTC.
    public let now: @Sendable () -> Timestamp
    /// Whether it tells the time of a simulation: with it a log is created as one, and nothing else may write to that log.
    public let isSimulated: Bool

    /// A clock.
    public init(isSimulated: Bool = false, now: @escaping @Sendable () -> Timestamp) {
        (self.now, self.isSimulated) = (now, isSimulated)
    }

    /// The machine's clock.
    public static let system = RecordingClock {
        Timestamp(microseconds: Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)))
    }

    /// The server's setting by which a session says that its times are those of a simulation.
    static let setting = "caseflow.clock"
    /// What a log says whose times are those of a simulation.
    public static let simulated = "simulated"
    /// What every other log says.
    public static let real = "real"
}
