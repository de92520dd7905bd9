import EventStore
import PostgresClient

extension EscalationWorker {
    /// Raises what is due, all at once; false where nothing came of it.
    func raise(_ rows: [DueRungs.Row], now: Timestamp) async throws -> Bool {
        if rows.isEmpty { return false }
        let known = try await EscalationKnowledge.load(log, zone: zone, packs: packs, since: knowledge)
        if knowledge?.problems != known.problems { for problem in known.problems { alarm(problem) } }
        knowledge = known
        var byStream: [String: [DueRungs.Row]] = [:]
        var order: [String] = []
        for row in rows where row.lapse.isEmpty {
            if byStream[row.place.stream] == nil { order.append(row.place.stream) }
            byStream[row.place.stream, default: []].append(row)
        }
        let cards = order.compactMap { byStream[$0] }
        let raising = RungRaising(log: log, zone: zone, packs: self.rules, known: known, now: now)
        var moved = false
        // Handed in together, so that they are stored together.
        try await withThrowingTaskGroup(of: RungRaising.Result.self) { group in
            for rows in cards { group.addTask { try await raising.raise(rows) } }
            for try await result in group {
                if try await note(result) { moved = true }
                await heartbeat.beat("sweeping", tally)
            }
        }
        // What the law brings about comes behind the cards of its moment.
        let lapses = rows.filter { !$0.lapse.isEmpty && byStream[$0.place.stream] == nil }
        if try await lapse(lapses, raising) { moved = true }
        return moved || rows.contains { !$0.lapse.isEmpty && byStream[$0.place.stream] != nil }
    }

    /// So many lapses are recorded at the same time; each is a command of its own.
    private static let lapsesAtOnce = 16

    private func lapse(_ rows: [DueRungs.Row], _ raising: RungRaising) async throws -> Bool {
        var moved = false
        try await withThrowingTaskGroup(of: RungRaising.Result.self) { group in
            for (index, row) in rows.enumerated() {
                if index >= Self.lapsesAtOnce, let result = try await group.next(), try await note(result) {
                    moved = true
                }
                await heartbeat.beat("sweeping", tally)
                group.addTask {
                    RungRaising.Result(rows: [row], outcome: try await raising.lapse(row), refused: [])
                }
            }
            for try await result in group where try await note(result) { moved = true }
        }
        return moved
    }

    /// Takes down what came of the rows of a case. Whether anything has moved.
    private func note(_ result: RungRaising.Result) async throws -> Bool {
        for (row, reason) in result.refused { try await park([row], because: reason) }
        guard let first = result.rows.first else { return false }
        switch result.outcome {
        case .raised(let names):
            conflicted[first.place.stream] = nil
            if first.lapse.isEmpty { tally.raised += names.count } else { tally.lapsed += names.count }
            settings.report(first.lapse.isEmpty ? .raised(names) : .lapsed(names))
            return true
        case .left:
            tally.left += result.rows.count
            settings.report(.left(result.rows.count))
            // The read tables bring it again. Where they have nothing new to say, something is amiss.
            let stream = first.place.stream
            if let before = conflicted[stream], before.version == first.version, before.sweep < tally.sweeps {
                conflicted[stream] = nil
                let reason = "the case has gone on, and its read tables have not: see `projection status`"
                try await park(result.rows, because: reason)
                return false
            }
            if conflicted[stream]?.version != first.version { conflicted[stream] = (first.version, tally.sweeps) }
            return true
        case .refused(let reason):
            try await park(result.rows, because: reason)
            return false
        }
    }

    private func park(_ rows: [DueRungs.Row], because reason: String) async throws {
        for row in rows {
            tally.parked += 1
            settings.report(.setAside)
            try await ParkedRung.park(row, because: reason, in: log, now: log.clock.now())
            let what = row.lapse.isEmpty ? "the rung '\(row.rung)'" : "the lapse"
            alarm("\(what) of '\(row.place.clock)' in \(row.place.stream) was set aside: \(reason)")
        }
    }
}
