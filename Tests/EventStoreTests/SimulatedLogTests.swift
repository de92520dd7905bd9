import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// Logs that are simulations take the times of a simulation, and of nothing else.
@Suite("A log that is a simulation")
struct SimulatedLogTests {
    private static let then = Timestamp(microseconds: 1_500_000_000_000_000)

    private static func settings(isSimulated: Bool, _ moment: Timestamp = then) -> EventLog.Settings {
        var settings = EventLog.Settings()
        settings.clock = RecordingClock(isSimulated: isSimulated) { moment }
        return settings
    }

    private static func request(_ stream: String = "probe/1", actor: String = "officer/1") throws -> AppendRequest {
        let event = NewEvent(
            type: EventType(trusted: "probe.seen/1"),
            effectiveAt: then,
            actor: try Actor(actor),
            data: Array("{}".utf8)
        )
        return AppendRequest(
            id: UUID(),
            writes: [StreamWrite(StreamName(trusted: stream), expected: .any, events: [event])]
        )
    }

    @Test func `its events bear the times of the simulation, and it says what it is`() async throws {
        let database = try await TestCluster.shared.database()
        let log = try await database.log("played", settings: Self.settings(isSimulated: true))
        _ = try await log.append(try Self.request())
        var stored: [Timestamp] = []
        for try await event in log.read() { stored.append(event.recordedAt) }
        #expect(stored == [Self.then])
        let information = try await LogInformation.of(log)
        #expect(information.isSimulation)
        #expect(information.clock == "simulated")
        let real = try await database.log("real")
        #expect(try await LogInformation.of(real).clock == "real")
        await log.close()
        await real.close()
    }

    @Test func `a real clock and an import are refused, and say why`() async throws {
        let database = try await TestCluster.shared.database()
        let played = try await database.log("played", settings: Self.settings(isSimulated: true))
        let real = try await database.log("played")
        #expect(await outcome { try await real.append(try Self.request()) } == "simulation played")
        #expect(
            await outcome { try await real.appendImported(try Self.request(actor: "import:old")) }
                == "simulation played"
        )
        #expect(
            await outcome { try await played.appendImported(try Self.request(actor: "import:old")) }
                == "simulation played"
        )
        #expect(try await played.head() == 0)
        await played.close()
        await real.close()
    }

    @Test func `a real log takes no times of a simulation`() async throws {
        let database = try await TestCluster.shared.database()
        let real = try await database.log("real")
        let played = try await database.log("real", settings: Self.settings(isSimulated: true))
        #expect(try await LogInformation.of(real).clock == "real")
        #expect(await outcome { try await played.append(try Self.request()) } == "clock")
        await real.close()
        await played.close()
    }

    @Test func `what a log is can not be changed, and its time does not run backwards in a stream`() async throws {
        let database = try await TestCluster.shared.database()
        let late = try await database.log("played", settings: Self.settings(isSimulated: true))
        _ = try await late.append(try Self.request())
        let early = try await database.log(
            "played",
            settings: Self.settings(isSimulated: true, Self.then.advanced(byMicroseconds: -3_000_000))
        )
        _ = try await early.append(try Self.request())
        var stored: [Timestamp] = []
        for try await event in early.read() { stored.append(event.recordedAt) }
        #expect(stored == [Self.then, Self.then.advanced(byMicroseconds: 1)])
        let owner = try await database.superuser()
        await #expect(throws: PostgresError.self) {
            try await owner.query("UPDATE caseflow.logs SET clock = 'real' WHERE log_id = 'played'")
        }
        await owner.close()
        await late.close()
        await early.close()
    }
}
