import CaseFlowServer
import EventStore
import Foundation
import PostgresClient
import PrivatePostgres

/// Events that no projection can read: of an unknown type, and of a known one with a broken layout. Their streams are
/// set aside from there on, in both projections; all others go on; `projection status` says so with exit status 1.
struct PoisonTrial: Trial {
    static let name = "poison"
    static let abstract = "Events of an unknown type and of a broken layout in two cases' streams."

    func run(_ conditions: Conditions, _ tally: Tally) async throws {
        try await withStand(in: conditions.directory) { stand in
            let workload = Workload(seed: conditions.seed, hot: 20)
            let log = try stand.eventLog()
            try await log.open(workload)
            for number in 0..<50 { _ = try await log.append(workload.request(writer: 0, number: number)) }
            try await Projections.catchUp(log)
            let poison: [(EventType, String)] = [
                ("case.abducted/1", "{}"), ("case.closed/1", "{\"at\":7}"),
            ]
            for (index, (type, data)) in poison.enumerated() where !conditions.sabotage {
                let event = NewEvent(
                    type: type,
                    effectiveAt: RecordingClock.system.now(),
                    actor: Actor(trusted: "trial"),
                    data: Array(data.utf8)
                )
                let write = StreamWrite(workload.hotStream(index), expected: .exists, events: [event])
                _ = try await log.append(AppendRequest(id: UUID(), writes: [write]))
                tally.count("poison")
            }
            // Later events, on the poisoned streams and on others, taken in by runners that follow the log.
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await Projections.run(log) }
                for number in 50..<250 { _ = try await log.append(workload.request(writer: 0, number: number)) }
                let end = try await log.head()
                let caughtUp = try await wait(atMost: .seconds(20)) {
                    try await log.projectionStatus().allSatisfy { $0.checkpoint >= end }
                }
                tally.expect(caughtUp, "the projections stand still behind the poison")
                group.cancelAll()
                while let result = await group.nextResult() {
                    if case .failure(let error) = result, !(error is CancellationError) {
                        tally.fault("a runner has ended: \(words(for: error))")
                    }
                }
            }
            try await judge(log, workload, tally)
            try await Judgement(log: log, workload: workload, tally: tally).projections()
            try await judge(log, workload, tally)
            try await judgeCommand(stand, conditions, tally)
            await log.close()
        }
    }

    private func judge(_ log: EventLog, _ workload: Workload, _ tally: Tally) async throws {
        for status in try await log.projectionStatus(audit: true) {
            tally.expect(
                status.parkedStreams == 2,
                "\(status.name) has set \(status.parkedStreams) streams aside, not 2"
            )
            tally.expect(status.isComplete, "\(status.name) does not account for every event")
            tally.expect(status.parked >= 2, "\(status.name) counts \(status.parked) events aside")
        }
        // Others went on to their last event; the poisoned stand before the poison.
        for index in 0..<workload.hot {
            let stream = workload.hotStream(index)
            let head = try await log.head(of: stream).version
            let rows = try await log.pool.query(
                """
                SELECT o.version FROM caseflow.case_overview o JOIN caseflow.projections p ON p.log_id = o.log_id
                   AND p.generation = o.generation AND p.name = 'case-overview' AND p.state = 'live'
                 WHERE o.log_id = $1 AND o.stream = $2
                """,
                [log.id.rawValue, stream.rawValue]
            )
            let version = try rows.first?.decode(0, as: Int64.self) ?? 0
            if index < 2 {
                tally.expect(
                    version < head && version > 0,
                    "\(stream) is at \(version) although it is poisoned before \(head)"
                )
            } else {
                tally.expect(version == head, "\(stream) is folded to \(version) of \(head)")
                tally.count("streams that went on")
            }
        }
    }

    private func judgeCommand(_ stand: Stand, _ conditions: Conditions, _ tally: Tally) async throws {
        for command in ["status", "retry"] {
            let child = try Child(
                Child.caseflowd,
                ["projection", command, "--log", Stand.log, "--state-dir", stand.cluster.stateDirectory],
                output: conditions.directory + "/\(command).out"
            )
            let end = try await child.wait(atMost: .seconds(60))
            tally.expect(end == .exited(1), "`projection \(command)` ends with \(end): \(child.text)")
            let words =
                command == "status" ? ["case-overview", "case-compliance", "parked"] : ["does not know its type"]
            for word in words {
                tally.expect(child.text.contains(word), "`projection \(command)` does not say '\(word)': \(child.text)")
            }
        }
    }
}
