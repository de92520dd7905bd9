import EventStore
import PostgresClient
import WorkingTime

/// The projection `case-compliance`: which case is in time. One row a case, with its limit and its end both as
/// instants and as the local dates that the law compares.
public struct CaseCompliance: StreamwiseProjection {
    /// `case-compliance`
    public let name = "case-compliance"
    /// 1
    public let codeVersion = 1
    /// `case_compliance`
    public let tables = ["case_compliance"]

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
                SELECT stream, case_number, received_at, received_on, deadline_at, deadline_on, closed_at, closed_on,
                       last_step_at, responsible, department, channel, attributes
                  FROM unnest($3::text[]) AS u(wanted)
                 CROSS JOIN LATERAL (SELECT * FROM caseflow.case_compliance c
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
            INSERT INTO caseflow.case_compliance (log_id, generation, stream, case_number, received_at, received_on,
                   deadline_at, deadline_on, closed_at, closed_on, last_step_at, responsible, department, channel,
                   attributes)
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::text[], $5::timestamptz[], $6::date[], $7::timestamptz[],
                   $8::date[], $9::timestamptz[], $10::date[], $11::timestamptz[], $12::text[], $13::text[],
                   $14::text[], $15::json[]) AS u
            ON CONFLICT (log_id, generation, stream) DO UPDATE SET
                   deadline_at = excluded.deadline_at, deadline_on = excluded.deadline_on,
                   closed_at = excluded.closed_at, closed_on = excluded.closed_on, last_step_at = excluded.last_step_at
            """,
            [
                target.log.rawValue, target.generation, changed.map(\.stream), changed.map(\.number),
                changed.map(\.receivedAt), changed.map(\.receivedOn), changed.map(\.deadlineAt),
                changed.map(\.deadlineOn), changed.map(\.closedAt), changed.map(\.closedOn),
                changed.map(\.lastStepAt), changed.map(\.responsible), changed.map(\.department),
                changed.map(\.channel), changed.map(\.attributes),
            ]
        )
    }

    private struct Row: CaseRow {
        let stream: String
        let number: String
        let receivedAt: Timestamp
        let receivedOn: PostgresDate
        var deadlineAt: Timestamp?
        var deadlineOn: PostgresDate?
        var closedAt: Timestamp?
        var closedOn: PostgresDate?
        var lastStepAt: Timestamp?
        let responsible: String?
        let department: String?
        let channel: String?
        let attributes: PostgresJSON

        init(_ row: PostgresRow) throws {
            stream = try row.decode(0)
            number = try row.decode(1)
            receivedAt = try row.decode(2)
            receivedOn = try row.decode(3)
            deadlineAt = try row.decode(4)
            deadlineOn = try row.decode(5)
            closedAt = try row.decode(6)
            closedOn = try row.decode(7)
            lastStepAt = try row.decode(8)
            responsible = try row.decode(9)
            department = try row.decode(10)
            channel = try row.decode(11)
            attributes = try row.decode(12)
        }

        init?(first recorded: RecordedEvent, _ read: CaseFold.Read) throws {
            let event = try read(recorded)
            guard case .received(let number, let at, let given, _) = event.fact else { return nil }
            if event.source?.step != nil { lastStepAt = recorded.effectiveAt }
            stream = recorded.stream.rawValue
            self.number = number.rawValue
            receivedAt = at.timestamp
            receivedOn = Self.date(at)
            func value(_ key: String) -> String? { given.first { $0.key == key }?.value }
            responsible = value("responsible")
            department = value("department")
            channel = value("channel")
            var json = StoredJSONWriter()
            for attribute in given where attribute.children.isEmpty {
                json.member(named: attribute.key, attribute.value)
            }
            attributes = PostgresJSON(json.finish())
        }

        mutating func take(_ recorded: RecordedEvent, _ read: CaseFold.Read) throws {
            // Steps are most of the events, and of a step only its time matters here: it need not be read.
            if recorded.type == Case.Coding.stepRecorded {
                lastStepAt = max(lastStepAt ?? recorded.effectiveAt, recorded.effectiveAt)
                return
            }
            let event = try read(recorded)
            if event.source?.step != nil { lastStepAt = max(lastStepAt ?? recorded.effectiveAt, recorded.effectiveAt) }
            switch event.fact {
            case .received, .stepRecorded, .procedure, .card: break
            case .deadlineSet(let deadline):
                deadlineAt = deadline.timestamp
                deadlineOn = Self.date(deadline)
            case .closed(let at):
                closedAt = at.timestamp
                closedOn = Self.date(at)
            case .reopened:
                closedAt = nil
                closedOn = nil
            }
        }

        private static func date(_ time: ZonedTime) -> PostgresDate {
            PostgresDate(daysSinceUnixEpoch: time.localDate.daysSinceEpoch)
        }
    }
}
