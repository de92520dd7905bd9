import EventStore
import Foundation
import Support
import Synchronization
import Testing

/// The time of recording, and clocks that are wrong.
@Suite struct ClockTests {
    /// A clock that a test sets.
    private final class Offset: Sendable {
        private let microseconds = Mutex<Int64>(0)
        func set(_ value: Int64) { microseconds.withLock { $0 = value } }
        var settings: EventLog.Settings {
            var settings = EventLog.Settings()
            settings.clock = RecordingClock { [self] in
                RecordingClock.system.now().advanced(byMicroseconds: microseconds.withLock { $0 })
            }
            return settings
        }
    }

    @Test(arguments: [3_600_000_000, -3_600_000_000, 7_000_000, -7_000_000])
    func `a clock that is wrong stores nothing, and works again when it is right`(offset: Int64) async throws {
        let database = try await TestCluster.shared.database()
        let clock = Offset()
        let log = try await database.log(settings: clock.settings)
        clock.set(offset)
        #expect(await outcome { try await log.append(stream("1"), .noStream) } == "clock")
        #expect(try await log.head() == 0)
        clock.set(0)
        try await log.append(stream("1"), .noStream)
        clock.set(offset)
        // A clock that is slow is carried by the stream's last time; on a new stream it shows.
        #expect(await outcome { try await log.append(stream("2"), .any) } == "clock")
        #expect(try await log.head() == 1)
        clock.set(0)
        #expect(await outcome { try await log.append(stream("2"), .any) } == "2-2")
        #expect(try await LogVerifier(log).verify().isSound)
    }

    @Test func `within a stream no event is recorded before the last, though two clocks differ`() async throws {
        let database = try await TestCluster.shared.database()
        let (fast, slow) = (Offset(), Offset())
        fast.set(3_000_000)
        slow.set(-1_000_000)
        let logs = [
            try await database.log(settings: fast.settings), try await database.log(settings: slow.settings),
        ]
        for round in 0..<20 { try await logs[round % 2].append(stream("1"), .any, [event(1), event(2)]) }
        let times = try await logs[0].readStream(stream("1")).collect().map(\.recordedAt)
        #expect(times.count == 40)
        #expect(zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        // The slow daemon's events carry on one microsecond after the fast one's.
        #expect(times[2] == times[1].advanced(byMicroseconds: 1))
        #expect(try await LogVerifier(logs[0]).verify().isSound)
    }

    @Test func `the time of recording is the daemon's and lies between call and answer`() async throws {
        let log = try await TestCluster.shared.database().log()
        let before = RecordingClock.system.now()
        let result = try await log.append(stream("1"), .noStream)
        let recorded = try #require(result.heads[0].recordedAt)
        #expect(before <= recorded)
        #expect(recorded <= RecordingClock.system.now())
    }
}
