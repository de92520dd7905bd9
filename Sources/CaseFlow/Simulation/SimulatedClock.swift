import EventStore
import Foundation
import Synchronization
import WorkingTime

/// The clock of a simulation: it stands until it is set. It can be set back by the seconds by which two desks overlap; the
/// events of one stream stay in order, the log sees to that.
public final class SimulatedClock: Sendable {
    private let microseconds: Mutex<Int64>

    /// A clock that shows a moment.
    public init(_ moment: Timestamp) { microseconds = Mutex(moment.microseconds) }

    /// What it shows.
    public var now: Timestamp { Timestamp(microseconds: microseconds.withLock(\.self)) }

    /// Sets it.
    public func set(_ moment: Timestamp) { microseconds.withLock { $0 = moment.microseconds } }

    /// For a log: with it, the log is created as a simulation.
    public var recording: RecordingClock { RecordingClock(isSimulated: true) { [self] in now } }

    /// What the clock shows when a simulation that begins on a day makes its log: six in the morning, local.
    public static func start(of day: CivilDate, in zone: TimeZone) -> Timestamp? {
        LocalTime(date: day, microsecondOfDay: 6 * 3_600_000_000)?.resolved(in: zone)?.timestamp
    }
}

/// Random bytes for a vault, and ids for requests, that a seed repeats: for simulations, never where real data is kept.
public final class SimulatedSource: Sendable {
    private let random: Mutex<SimulationRandom>

    /// The bytes of a purpose.
    public init(seed: UInt64, of purpose: String) { random = Mutex(SimulationRandom(seed: seed, of: purpose)) }

    /// For a vault.
    public var vault: VaultRandom { VaultRandom { [self] count in random.withLock { $0.bytes(count) } } }

    /// A request's id.
    public func id() -> UUID { random.withLock { $0.id() } }
}
