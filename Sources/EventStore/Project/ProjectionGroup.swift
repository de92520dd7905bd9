import PostgresClient

/// Projections of one log that are rebuilt side by side. What goes through whole streams is read once for all of them, and
/// each page is folded by all of them at once; what is left is done by each for itself.
public struct ProjectionGroup: Sendable {
    let log: EventLog
    let projections: [any Projection]

    /// A group.
    public init(_ projections: [any Projection], on log: EventLog) { (self.log, self.projections) = (log, projections) }

    /// Rebuilds all of them, as ``ProjectionRunner/rebuild(batchSize:progress:)`` each. The first error ends the others, which
    /// go on where they stopped when they are rebuilt again.
    public func rebuild(
        batchSize: Int = 10_000,
        progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)? = nil
    ) async throws {
        for members in try await begin() { try await share(members, batchSize, progress) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for projection in projections {
                group.addTask {
                    try await ProjectionRunner(projection, on: log).rebuild(batchSize: batchSize, progress: progress)
                }
            }
            for try await _ in group {}
        }
    }

    /// A member that goes through whole streams.
    private struct Member {
        let runner: ProjectionRunner
        let projection: any StreamwiseProjection
        let building: ProjectionStore.Generation
        let through: Int64
    }

    /// Those that stand at the same stream on the way to the same position.
    private func begin() async throws -> [[Member]] {
        let through = try await log.head()
        if through == 0 { return [] }
        var members: [String: [Member]] = [:]
        for case let projection as any StreamwiseProjection in projections {
            let runner = ProjectionRunner(projection, on: log)
            _ = try await runner.store.live(log.pool, codeVersion: projection.codeVersion)
            let begun = try await log.pool.transaction {
                try await runner.store.building($0, codeVersion: projection.codeVersion, anew: true, through: through)
            }
            guard let begun, let through = begun.through else { continue }
            let member = Member(runner: runner, projection: projection, building: begun, through: through)
            members["\(through) \(projection.category) \(begun.cursor)", default: []].append(member)
        }
        return members.values.filter { $0.count > 1 }
    }

    /// Gives the members the same pages until one of them is overtaken by somebody else, or all streams are through.
    private func share(
        _ members: [Member],
        _ batchSize: Int,
        _ progress: (@Sendable (_ done: Int64, _ of: Int64) -> Void)?
    ) async throws {
        guard let first = members.first else { return }
        let reader = StreamReader(log: log, category: first.projection.category, through: first.through)
        var done: Int64 = 0
        var batch = try await next(reader, after: first.building.cursor, batchSize, members)
        while let current = batch {
            // While this page is folded and written, the next one is fetched and read.
            async let following = next(reader, after: current.last, batchSize, members)
            let isShared = try await withThrowingTaskGroup(of: Bool.self) { group in
                for member in members {
                    group.addTask {
                        try await member.runner.take(current.batch, generation: member.building.number)
                    }
                }
                return try await group.reduce(true) { $0 && $1 }
            }
            guard isShared else { return }
            done += current.batch.count
            progress?(done, first.through)
            batch = try await following
        }
    }

    private func next(_ reader: StreamReader, after cursor: String, _ batchSize: Int, _ members: [Member]) async throws
        -> (batch: ProjectionBatch, last: String)?
    {
        let page = try await reader.page(after: cursor, limit: batchSize)
        guard let last = page.last else { return nil }
        var batch = ProjectionBatch(page.rows, .streams(after: cursor, upTo: last, through: reader.through))
        let shared = SharedReadings()
        for member in members { member.projection.prepare(batch.events, shared) }
        batch.shared = shared
        return (batch, last)
    }
}
