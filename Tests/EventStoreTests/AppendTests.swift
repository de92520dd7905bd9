import EventStore
import Foundation
import Support
import Testing

@Suite struct AppendTests {
    @Test func `a new stream begins at version 1 and position 1`() async throws {
        let log = try await TestCluster.shared.database().log()
        let stream = try StreamName("case/1")
        let event = NewEvent(
            type: "case.received/1",
            effectiveAt: Timestamp(microseconds: 0),
            actor: try Actor("officer/1"),
            data: Array("{}".utf8)
        )
        let result = try await log.append(
            AppendRequest(id: UUID(), writes: [StreamWrite(stream, expected: .noStream, events: [event, event])])
        )
        #expect(result.firstPosition == 1)
        #expect(result.lastPosition == 2)
        #expect(result.heads[0].version == 2)
        #expect(try await LogVerifier(log).verify().isSound)
        await log.close()
    }
}
