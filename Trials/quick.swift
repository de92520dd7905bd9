import EventStore
import Foundation
import PostgresClient

@main struct Quick {
    static func main() async throws {
        let c = PostgresConfiguration(overrides: ["host": "/tmp/pgx", "user": "postgres", "dbname": "bench"])
        let con = try await PostgresConnection.connect(c)
        print(try await Migrator().migrate(con))
        let log = EventLog(try LogID("b\(Int.random(in: 0..<1_000_000_000))"), work: c.with(["user": "caseflow_app"]))
        try await log.create()
        let seconds = 4.0
        for n in [1, 64, 256] {
            let end = ContinuousClock.now + .seconds(seconds)
            let total = try await withThrowingTaskGroup(of: Int.self) { g in
                for _ in 0..<n { g.addTask {
                    var k = 0
                    let data = Array(#"{"activity":"Confirmation of receipt","resource":"Resource21","lifecycle":"complete"}"#.utf8)
                    let actor = try Actor("officer/1")
                    while ContinuousClock.now < end {
                        let id = UUID()
                        let s = StreamName(trusted: "case/\(id.uuidString.lowercased())")
                        _ = try await log.append(AppendRequest(id: id, writes: [StreamWrite(s, expected: .noStream, events: [NewEvent(type: "case.received/1", effectiveAt: RecordingClock.system.now(), actor: actor, data: data)])]))
                        k += 1
                    }
                    return k
                } }
                var t = 0; for try await k in g { t += k }; return t
            }
            print(n, "writers", Double(total) / seconds, "/s", seconds * 1e6 * Double(n) / Double(total), "us latency")
        }
        await log.close()
    }
}
