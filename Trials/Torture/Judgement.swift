import CaseFlowServer
import EventStore
import Foundation
import PostgresClient

/// Holds a log against what its writers were told, and against itself.
struct Judgement {
    let log: EventLog
    let workload: Workload
    let tally: Tally

    /// Every acknowledged request stored once and where it was said to be; nothing stored twice or half; positions
    /// 1…N; the record sound; every projection equal to its rebuild.
    func pass(acks: [Ack], sabotage: (() async throws -> Void)? = nil) async throws {
        try await hold(acks)
        try await soundness()
        try await projections(sabotage: sabotage)
    }

    private func hold(_ acks: [Ack]) async throws {
        var places: [UUID: (first: Int64, last: Int64)] = [:]
        var expected: Int64 = 1
        var current: UUID?
        var versions: [StreamName: Int64] = [:]
        for try await event in log.read() {
            tally.expect(event.position == expected, "position \(event.position) follows \(expected - 1)")
            expected = event.position + 1
            let version = versions[event.stream, default: 0] + 1
            tally.expect(
                event.version == version,
                "\(event.stream) goes to version \(event.version) instead of \(version)"
            )
            versions[event.stream] = event.version
            if event.stream.category != "case" { continue }
            // {"request":"<36 characters>"
            guard let id = UUID(uuidString: String(decoding: event.metadata.dropFirst(12).prefix(36), as: UTF8.self))
            else {
                tally.fault("the event at \(event.position) names no request")
                continue
            }
            if id == current {
                places[id]?.last = event.position
            } else {
                if let place = places[id] {
                    tally.fault("request \(id) is stored at \(place.first) and at \(event.position)")
                }
                places[id] = (event.position, event.position)
            }
            current = id
        }
        tally.expect(
            try await log.head() == expected - 1,
            "the head does not stand at the last position \(expected - 1)"
        )
        tally.count("events", Int(expected) - 1)
        for index in 0..<workload.hot { places[workload.opening(index).id] = nil }
        for ack in acks {
            let request = workload.request(writer: ack.writer, number: ack.number)
            let size = request.writes.reduce(0) { $0 + $1.events.count }
            guard let place = places.removeValue(forKey: request.id) else {
                tally.fault("LOST: request \(ack.number) of writer \(ack.writer), acknowledged at \(ack.first)")
                continue
            }
            tally.expect(
                place.first == ack.first && place.last == ack.last && ack.last - ack.first + 1 == Int64(size),
                "request \(ack.number) of writer \(ack.writer): told \(ack.first)-\(ack.last), is at \(place.first)-\(place.last)"
            )
            for (write, version) in zip(request.writes, ack.versions) {
                tally.expect(
                    versions[write.stream, default: 0] >= version,
                    "\(write.stream) never came to version \(version)"
                )
            }
        }
        tally.count("acknowledged", acks.count)
        // Writers end after their last acknowledgement: whatever else is stored nobody was told of.
        tally.expect(places.isEmpty, "\(places.count) requests are stored of which no writer was told")
    }

    func soundness() async throws {
        let verdict = try await LogVerifier(log).verify()
        if let damage = verdict.damage { tally.fault("log verify: position \(damage.position): \(damage.reason)") }
    }

    /// Rows as they were kept up under fire against rows computed anew.
    func projections(sabotage: (() async throws -> Void)? = nil) async throws {
        try await Projections.catchUp(log)
        try await sabotage?()
        for projection in Projections.all {
            let before = try await digest(of: projection)
            try await ProjectionRunner(projection, on: log).rebuild()
            let after = try await digest(of: projection)
            tally.expect(before.rows > 0, "\(projection.name) has no rows: nothing was compared")
            tally.expect(
                before == after,
                "\(projection.name) is not what its rebuild is (\(before.rows), \(after.rows) rows)"
            )
            tally.count("rows compared", before.rows)
        }
        for status in try await log.projectionStatus(audit: true) where status.state == "live" {
            tally.expect(status.isComplete, "\(status.name) is not complete")
            tally.expect(status.lagEvents == 0, "\(status.name) lags by \(status.lagEvents) after catching up")
        }
    }

    private struct Rows: Equatable {
        let rows: Int
        let digest: String
    }

    private func digest(of projection: any Projection) async throws -> Rows {
        var rows = 0
        var digests = ""
        for table in projection.tables {
            let result = try await log.pool.query(
                """
                SELECT count(*), coalesce(md5(string_agg((to_jsonb(t) - 'generation')::text, E'\\n' ORDER BY (to_jsonb(t) - 'generation')::text)), '')
                  FROM caseflow.\(table) t JOIN caseflow.projections p ON p.log_id = t.log_id
                   AND p.generation = t.generation AND p.name = $2 AND p.state = 'live'
                 WHERE t.log_id = $1
                """,
                [log.id.rawValue, projection.name]
            )
            rows += Int(try result[0].decode(0, as: Int64.self))
            digests += try result[0].decode(1, as: String.self)
        }
        return Rows(rows: rows, digest: digests)
    }
}

extension Stand {
    /// What `--sabotage` does to a log: takes one stored event away, as only a superuser with the triggers off can.
    func removeAnEvent() async throws {
        try await script(
            """
            ALTER TABLE caseflow.events DISABLE TRIGGER ALL;
            DELETE FROM caseflow.events WHERE position = (SELECT max(position) / 2 FROM caseflow.logs);
            ALTER TABLE caseflow.events ENABLE ALWAYS TRIGGER events_append_only;
            """
        )
    }

    /// Changes one row of a read table behind its projection's back.
    func forgeARow() async throws {
        try await script(
            """
            UPDATE caseflow.case_overview SET steps = steps + 1
             WHERE stream = (SELECT min(stream) FROM caseflow.case_overview)
            """
        )
    }
}
