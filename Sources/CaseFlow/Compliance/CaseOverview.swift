import EventStore
import PostgresClient

/// The projection `case-overview`: what each case is and how far it has come.
public struct CaseOverview: StreamwiseProjection {
    /// `case-overview`
    public let name = "case-overview"
    /// 1
    public let codeVersion = 1
    /// `case_overview`
    public let tables = ["case_overview"]

    /// `case`
    public let category = CaseFold.category

    /// The projection.
    public init() {}

    /// Reads events once for all.
    public func prepare(_ events: [RecordedEvent], _ shared: SharedReadings) { CaseFold.prepare(events, shared) }

    /// Folds a batch.
    public func apply(_ events: [RecordedEvent], in target: ProjectionTarget) async throws {
        guard events.contains(where: CaseFold.isCase) else { return }
        let streams = CaseFold.streams(events)
        let known =
            streams.isEmpty
            ? nil
            : try await target.transaction.query(
                """
                SELECT stream, case_number, state, received_at, last_step, last_step_at, last_performer, steps, reopened, version
                  FROM unnest($3::text[]) AS u(wanted)
                 CROSS JOIN LATERAL (SELECT * FROM caseflow.case_overview c
                                      WHERE c.log_id = $1 AND c.generation = $2 AND c.stream = u.wanted LIMIT 1) AS c
                """,
                [target.log.rawValue, target.generation, streams]
            )
        var rows: [String: Row] = [:]
        for result in known.map(Array.init) ?? [] {
            let row = try Row(result)
            rows[row.stream] = row
        }
        let changed = try CaseFold.fold(events, into: rows, target.caseEvent)
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_overview AS o (log_id, generation, stream, case_number, state, received_at,
                   last_step, last_step_at, last_performer, steps, reopened, version)
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[],
                   $8::timestamptz[], $9::text[], $10::bigint[], $11::integer[], $12::bigint[]) AS u
            ON CONFLICT (log_id, generation, stream) DO UPDATE SET
                   state = excluded.state, last_step = excluded.last_step, last_step_at = excluded.last_step_at,
                   last_performer = excluded.last_performer, steps = excluded.steps, reopened = excluded.reopened,
                   version = excluded.version
            """,
            [
                target.log.rawValue, target.generation, changed.map(\.stream), changed.map(\.number),
                changed.map(\.state), changed.map(\.receivedAt), changed.map(\.lastStep), changed.map(\.lastStepAt),
                changed.map(\.lastPerformer), changed.map(\.steps), changed.map(\.reopened), changed.map(\.version),
            ]
        )
    }

    private struct Row: CaseRow {
        let stream: String
        let number: String
        var state = "open"
        let receivedAt: Timestamp
        var lastStep: String?
        var lastStepAt: Timestamp?
        var lastPerformer: String?
        var steps: Int64 = 0
        var reopened: Int32 = 0
        var version: Int64

        init(_ row: PostgresRow) throws {
            stream = try row.decode(0)
            number = try row.decode(1)
            state = try row.decode(2)
            receivedAt = try row.decode(3)
            lastStep = try row.decode(4)
            lastStepAt = try row.decode(5)
            lastPerformer = try row.decode(6)
            steps = try row.decode(7)
            reopened = try row.decode(8)
            version = try row.decode(9)
        }

        init?(first recorded: RecordedEvent, _ read: CaseFold.Read) throws {
            let event = try read(recorded)
            guard case .received(let number, _, _, _) = event.fact else { return nil }
            stream = recorded.stream.rawValue
            self.number = number.rawValue
            receivedAt = recorded.effectiveAt
            version = recorded.version
            if let step = event.sourceStep { take(step, at: recorded.effectiveAt) }
        }

        private mutating func take(_ step: Case.Step, at moment: Timestamp) {
            lastStep = step.activity
            lastStepAt = moment
            lastPerformer = step.performer
            steps += 1
        }

        mutating func take(_ recorded: RecordedEvent, _ read: CaseFold.Read) throws {
            version = recorded.version
            let event = try read(recorded)
            if let step = event.sourceStep { take(step, at: recorded.effectiveAt) }
            switch event.fact {
            case .received, .deadlineSet, .stepRecorded, .card: break
            case .procedure where event.source != nil: break
            case .procedure(let fact, _):
                lastStep = fact.name
                lastStepAt = recorded.effectiveAt
                lastPerformer = recorded.actor.rawValue
                steps += 1
            case .closed: state = "closed"
            case .reopened:
                state = "open"
                reopened += 1
            }
        }
    }
}
