import ArgumentParser
import EventStore
import Foundation
import PostgresClient

/// A subscriber in another process than the writers: it learns of events by looking alone. This program started again
/// by the trial of missed events; not for people.
struct SubscriberProcess: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "subscriber", shouldDisplay: false)

    @Option var host: String
    @Option var port: Int
    @Option var database: String

    func run() async throws {
        let parameters = ["host": host, "port": String(port), "dbname": database, "user": "caseflow_app"]
        let log = EventLog(
            try LogID(Stand.log),
            work: PostgresConfiguration(overrides: parameters),
            logger: .silent
        )
        let seen = try await Seen.following(log)
        await log.close()
        print("\(seen.count) \(seen.missed) \(seen.disorder)")
    }
}

/// What a subscription has delivered.
struct Seen: Sendable {
    /// The type of the event that ends a trial.
    static let end: EventType = "trial.end/1"

    var count = 0
    /// Positions that were passed over.
    var missed = 0
    /// Deliveries that did not come after the one before.
    var disorder = 0
    private var last: Int64 = 0

    mutating func take(_ event: RecordedEvent) {
        count += 1
        if event.position <= last { disorder += 1 }
        if event.position > last + 1 { missed += Int(event.position - last - 1) }
        last = max(last, event.position)
    }

    /// Follows a log from its beginning to the event that ends the trial.
    static func following(_ log: EventLog, batchSize: Int = EventLog.pageSize) async throws -> Seen {
        var seen = Seen()
        for try await batch in log.subscribe(batchSize: batchSize) {
            for event in batch.events { seen.take(event) }
            if batch.events.last?.type == end { break }
        }
        return seen
    }
}
