import CaseFlow
import EventStore
import Foundation

/// Writers that append as fast as they are answered.
struct Writers {
    static let data = #"{"activity":"Confirmation of receipt","performer":"Resource21","lifecycle":"complete"}"#

    let log: EventLog
    /// Whose time the events bear.
    var clock: RecordingClock = .system

    /// Appends of one event each, to so many new streams, a thousand handed in at a time: events a second.
    func append(_ count: Int, round: Int) async throws -> Double {
        let actor = try Actor("officer/1")
        let started = ContinuousClock.now
        for page in stride(from: 0, to: count, by: 1000) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in page..<min(page + 1000, count) {
                    group.addTask {
                        let event = NewEvent(
                            type: "bench.noted/1",
                            effectiveAt: clock.now(),
                            actor: actor,
                            data: Array(Self.data.utf8)
                        )
                        let stream = StreamName(trusted: "bench/\(round)-\(index)")
                        _ = try await log.append(
                            AppendRequest(
                                id: UUID(),
                                writes: [StreamWrite(stream, expected: .noStream, events: [event])]
                            )
                        )
                    }
                }
                try await group.waitForAll()
            }
        }
        return Double(count) / ((ContinuousClock.now - started) / .seconds(1))
    }

    /// Appends of one event to a new stream each, for some seconds. Events a second, and the median latency of an
    /// append in microseconds.
    func run(_ count: Int, seconds: Double) async throws -> (rate: Double, latency: Double) {
        let started = ContinuousClock.now
        let end = started + .seconds(seconds)
        let latencies = try await withThrowingTaskGroup(of: [Double].self) { group in
            for _ in 0..<count {
                group.addTask {
                    let actor = try Actor("officer/1")
                    let data = Array(Self.data.utf8)
                    var latencies: [Double] = []
                    var before = ContinuousClock.now
                    while before < end {
                        let now = RecordingClock.system.now()
                        let id = UUID(timeOrderedAt: now)
                        let event = NewEvent(
                            type: "case.received/1",
                            effectiveAt: now,
                            actor: actor,
                            data: data
                        )
                        let stream = StreamName(trusted: "case/\(id.text)")
                        _ = try await log.append(
                            AppendRequest(id: id, writes: [StreamWrite(stream, expected: .noStream, events: [event])])
                        )
                        let after = ContinuousClock.now
                        latencies.append((after - before) / .microseconds(1))
                        before = after
                    }
                    return latencies
                }
            }
            var all: [Double] = []
            for try await part in group { all += part }
            return all
        }
        let elapsed = (ContinuousClock.now - started) / .seconds(1)
        return (Double(latencies.count) / elapsed, latencies.median)
    }

    /// Fills the log with whole cases (receipt, limit, five steps, end: eight events) until it holds this many events.
    func fill(upTo events: Int64) async throws {
        let present = try await log.head()
        let cases = Int(max(0, events - present) + 7) / 8
        let salt = present
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<64 {
                group.addTask {
                    let actor = try Actor("officer/\(writer)")
                    for index in stride(from: writer, to: cases, by: 64) {
                        try await appendCase(number: "bench-\(salt)-\(index)", day: index % 400, actor)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func appendCase(number: String, day: Int, _ actor: Actor) async throws {
        func time(_ days: Int) -> ZonedTime {
            let instant = (Int64(20_000 + days) * 86_400 + 3_600) * 1_000_000
            guard let time = ZonedTime(microsecondsSinceEpoch: instant, offsetSeconds: 28_800) else {
                preconditionFailure("a day of this century has a time")
            }
            return time
        }
        let attributes = [
            XESAttribute(.string, key: "responsible", value: "r\(day % 40)"),
            XESAttribute(.string, key: "department", value: "d\(day % 11)"),
            XESAttribute(.string, key: "channel", value: "window"),
        ]
        var facts: [Case.Event] = [
            .init(
                effectiveAt: time(day).timestamp,
                fact: .received(number: CaseNumber(trusted: number), at: time(day), attributes: attributes)
            ),
            .init(effectiveAt: time(day).timestamp, fact: .deadlineSet(time(day + 28))),
        ]
        for step in 0..<5 {
            let what = Case.Step(
                activity: "step \(step)",
                performer: "r\(step)",
                lifecycle: "complete",
                offsetSeconds: 28_800
            )
            facts.append(.init(effectiveAt: time(day + step).timestamp, fact: .stepRecorded(what)))
        }
        facts.append(
            .init(effectiveAt: time(day + 20 + day % 12).timestamp, fact: .closed(at: time(day + 20 + day % 12)))
        )
        let id = UUID(timeOrderedAt: RecordingClock.system.now())
        let write = StreamWrite(
            StreamName(trusted: "case/\(id.text)"),
            expected: .noStream,
            events: facts.map { Case.Coding.encode($0, actor: actor) }
        )
        _ = try await log.append(AppendRequest(id: id, writes: [write]))
    }
}
