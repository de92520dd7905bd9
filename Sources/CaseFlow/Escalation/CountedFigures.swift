import EventStore
import PostgresClient

/// Figures of a log that have to be counted row by row, and so cost more the larger the log is. Whoever asks again and again
/// should rest between for a multiple of ``seconds``.
public struct CountedFigures: Sendable, Codable, Hashable {
    /// Clocks that are open, by name.
    public struct Clocks: Sendable, Codable, Hashable {
        /// They run.
        public var running = 0
        /// They stand still: a suspension, or the applicant's papers are awaited.
        public var suspended = 0
    }

    /// By the clock's name; `imported` are the limits that the source of an imported case gave.
    public let clocks: [String: Clocks]
    /// How many cards wait for an answer, by level.
    public let openCards: [String: Int]
    /// Whether each projection has taken in each stored event up to its checkpoint, or set it aside: counted afresh in the log.
    public let isComplete: [String: Bool]
    /// How long the counting took.
    public let seconds: Double

    /// Counts, one statement after the other, so that no snapshot is held for longer than one of them takes.
    ///
    /// - Open clocks: one index is read from end to end (`case_clocks_open`), and of the table only what was changed since the
    ///   last vacuum.
    /// - Open cards: each of them is read.
    /// - Completeness: the primary key of the log is read from end to end, once for each projection.
    public static func of(_ log: EventLog) async throws -> CountedFigures {
        let began = ContinuousClock.now
        let (clocks, cards): ([String: Clocks], [String: Int]) = try await log.pool.transaction(readOnly: true) {
            transaction in
            guard let generation = try await DueRungs.generation(log, transaction) else { return ([:], [:]) }
            let cards = try await WorkStatus.openCards(of: log, generation, transaction)
            return (try await openClocks(generation, transaction), cards)
        }
        let statuses = try await log.projectionStatus(audit: true).filter { $0.state == "live" }
        let spent = ContinuousClock.now - began
        return CountedFigures(
            clocks: clocks,
            openCards: cards,
            isComplete: Dictionary(statuses.map { ($0.name, $0.isComplete) }) { first, _ in first },
            seconds: Double(spent.components.seconds) + Double(spent.components.attoseconds) / 1e18
        )
    }

    /// The generation tells the log, and the log's name does not stand in the index: with it each row would be read. The order
    /// is that of the one index that has all columns.
    static let openClocksSQL = """
        SELECT clock, count(due_on), count(*) FROM (
            SELECT clock, due_on FROM caseflow.case_clocks
             WHERE generation = $1 AND stopped_on IS NULL AND known_period = 2147483647
             ORDER BY due_on, stream, clock, ordinal OFFSET 0) c
         GROUP BY clock
        """

    /// Has the server read that index, whatever its statistics of yesterday say.
    static let preferIndexSQL = """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true),
               set_config('enable_sort', 'off', true), set_config('jit', 'off', true)
        """

    private static func openClocks(
        _ generation: Int32,
        _ transaction: PostgresTransaction
    ) async throws -> [String: Clocks] {
        try await transaction.query(preferIndexSQL)
        let rows = try await transaction.query(openClocksSQL, [generation], prepare: false)
        return Dictionary(
            uniqueKeysWithValues: try rows.map { row in
                let (running, open): (Int, Int) = (try row.decode(1), try row.decode(2))
                return (try row.decode(0, as: String.self), Clocks(running: running, suspended: open - running))
            }
        )
    }
}
