import EventStore
import Foundation
import PostgresClient

/// A daemon whose clock is an hour wrong, either way, is refused with words that say so, by both entrances, and stores
/// nothing; one that is a little off may go on.
struct ClockTrial: Trial {
    static let name = "clock"
    static let abstract = "A daemon whose clock is an hour wrong either way."

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        try await withStand(in: conditions.directory) { stand in
            let workload = Workload(seed: conditions.seed, hot: 4)
            let good = try stand.eventLog()
            try await good.open(workload)
            let before = try await good.head()
            let hour = 3600
            for offset in [-hour, hour, -30, 30] {
                let log = try stand.eventLog(settings: settings(conditions.sabotage ? 0 : offset))
                await withTaskGroup(of: Void.self) { group in
                    for writer in 0..<16 {
                        group.addTask {
                            await refuse(workload.request(writer: writer, number: offset + hour), log, offset, tally)
                        }
                    }
                }
                await log.close()
            }
            try await judge(good, stays: before, tally)
            let near = try stand.eventLog(settings: settings(2))
            for writer in 0..<4 { _ = try await near.append(workload.request(writer: writer, number: 9_000)) }
            // The stream's last event is two seconds ahead of this clock: the next is stamped after it, not refused.
            for writer in 0..<4 { _ = try await good.append(workload.request(writer: writer, number: 9_001)) }
            tally.count("accepted within the limit", 8)
            tally.expect(try await LogVerifier(good).verify().isSound, "log verify finds damage")
            await near.close()
            await good.close()
        }
    }

    private func settings(_ seconds: Int) -> EventLog.Settings {
        var settings = EventLog.Settings()
        settings.clock = RecordingClock {
            RecordingClock.system.now().advanced(byMicroseconds: Int64(seconds) * 1_000_000)
        }
        return settings
    }

    private func refuse(_ request: AppendRequest, _ log: EventLog, _ offset: Int, _ tally: Tally) async {
        do {
            let result = try await log.append(request)
            tally.fault("a clock \(offset) s off was taken, at position \(result.firstPosition)")
        } catch AppendError.clockRefused(let why) {
            tally.count("refused")
            let text = AppendError.clockRefused(why).description
            let clear = text.contains("clock") && text.contains("nothing was stored")
            tally.expect(clear, "the refusal does not say what is wrong: \(text)")
        } catch {
            tally.fault("a clock \(offset) s off is refused with: \(words(for: error))")
        }
    }

    private func judge(_ log: EventLog, stays head: Int64, _ tally: Tally) async throws {
        let now = try await log.head()
        tally.expect(now == head, "the log went from \(head) to \(now) under wrong clocks")
        tally.count("stored", Int(now - head))
    }
}
