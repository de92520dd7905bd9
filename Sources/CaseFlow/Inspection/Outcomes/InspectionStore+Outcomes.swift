import EventStore
import Foundation
import PostgresClient
import WorkingTime

/// The statements on `case_outcomes` and `outcome_counts`.
extension InspectionStore {
    private static let columns = """
        stream, place, department, officer, item, item_version, channel, received_on, decided_on, is_granted, in_promise, \
        in_statute, days, paused, visits, rating, steps, hand_overs, cards
        """

    /// Writes what cases have come to where that has changed, and moves the counts by the difference.
    func writeOutcomes(_ cases: [(stream: String, outcome: CaseOutcome)], old streams: [String]) async throws {
        let old = try await outcomes(of: streams)
        let new = cases.filter { old[$0.stream] != $0.outcome }
        if new.isEmpty { return }
        var changes: [OutcomeCount: Int64] = [:]
        for (stream, outcome) in new {
            for count in old[stream]?.counts ?? [] { changes[count, default: 0] -= 1 }
            for count in outcome.counts { changes[count, default: 0] += 1 }
        }
        try await store(new)
        try await move(changes.filter { $0.value != 0 })
    }

    private func outcomes(of streams: [String]) async throws -> [String: CaseOutcome] {
        if streams.isEmpty { return [:] }
        let rows = try await target.transaction.query(
            """
            SELECT \(Self.columns) FROM unnest($3::text[]) AS u(wanted)
             CROSS JOIN LATERAL (SELECT * FROM caseflow.case_outcomes o
                                  WHERE o.log_id = $1 AND o.generation = $2 AND o.stream = u.wanted LIMIT 1) AS o
            """,
            [target.log.rawValue, target.generation, streams]
        )
        var found: [String: CaseOutcome] = [:]
        for row in rows {
            var outcome = CaseOutcome(receivedOn: try row.decode(7, as: PostgresDate.self).civil ?? .first)
            outcome.place = try row.decode(1)
            outcome.department = try row.decode(2)
            outcome.officer = try row.decode(3)
            outcome.item = try row.decode(4)
            outcome.version = Int(try row.decode(5, as: Int32.self))
            outcome.channel = try row.decode(6)
            outcome.decidedOn = try row.decode(8, as: PostgresDate?.self)?.civil
            outcome.isGranted = try row.decode(9)
            outcome.isInPromise = try row.decode(10)
            outcome.isInStatute = try row.decode(11)
            outcome.days = try row.decode(12, as: Int32?.self).map(Int.init)
            outcome.paused = Int(try row.decode(13, as: Int32.self))
            outcome.visits = Int(try row.decode(14, as: Int32.self))
            outcome.rating = try row.decode(15, as: String?.self).flatMap(Case.Rating.init)
            outcome.steps = Int(try row.decode(16, as: Int32.self))
            outcome.handOvers = Int(try row.decode(17, as: Int32.self))
            outcome.cards = try Self.cards(row.decode(18))
            found[try row.decode(0)] = outcome
        }
        return found
    }

    /// `["red","2026-03-16",UNIT,OFFICER,…]`; '' for none. Names of a source may hold any character.
    private static func text(_ cards: [CaseOutcome.Card]) throws -> String {
        if cards.isEmpty { return "" }
        let fields = cards.flatMap { [$0.rung, "\($0.on)", $0.unit, $0.officer] }
        return String(decoding: try JSONEncoder().encode(fields), as: UTF8.self)
    }

    private static func cards(_ text: String) throws -> [CaseOutcome.Card] {
        if text.isEmpty { return [] }
        let fields = try JSONDecoder().decode([String].self, from: Data(text.utf8))
        return try stride(from: 0, to: fields.count - 3, by: 4).map { first in
            CaseOutcome.Card(
                rung: fields[first],
                on: try CivilDate(fields[first + 1]),
                unit: fields[first + 2],
                officer: fields[first + 3]
            )
        }
    }

    private func store(_ cases: [(stream: String, outcome: CaseOutcome)]) async throws {
        let outcomes = cases.map(\.outcome)
        func whole(_ values: [Int]) -> [Int32] { values.map { Int32(clamping: $0) } }
        try await target.transaction.query(
            """
            INSERT INTO caseflow.case_outcomes AS o (log_id, generation, \(Self.columns))
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::integer[],
                   $9::text[], $10::date[], $11::date[], $12::boolean[], $13::boolean[], $14::boolean[], $15::integer[],
                   $16::integer[], $17::integer[], $18::text[], $19::integer[], $20::integer[], $21::text[]) AS u
            ON CONFLICT (log_id, generation, stream) DO UPDATE
               SET (\(Self.columns)) = ROW (excluded.stream, excluded.place, excluded.department, excluded.officer,
                   excluded.item, excluded.item_version, excluded.channel, excluded.received_on, excluded.decided_on,
                   excluded.is_granted, excluded.in_promise, excluded.in_statute, excluded.days, excluded.paused,
                   excluded.visits, excluded.rating, excluded.steps, excluded.hand_overs, excluded.cards)
            """,
            [
                target.log.rawValue, target.generation, cases.map(\.stream), outcomes.map(\.place),
                outcomes.map(\.department), outcomes.map(\.officer), outcomes.map(\.item),
                whole(outcomes.map(\.version)),
                outcomes.map(\.channel), outcomes.map { PostgresDate($0.receivedOn) },
                outcomes.map { $0.decidedOn.map { PostgresDate($0) } }, outcomes.map(\.isGranted),
                outcomes.map(\.isInPromise), outcomes.map(\.isInStatute),
                outcomes.map { $0.days.map { Int32(clamping: $0) } }, whole(outcomes.map(\.paused)),
                whole(outcomes.map(\.visits)), outcomes.map { $0.rating?.rawValue }, whole(outcomes.map(\.steps)),
                whole(outcomes.map(\.handOvers)), try outcomes.map { try Self.text($0.cards) },
            ]
        )
    }

    private func move(_ changes: [OutcomeCount: Int64]) async throws {
        if changes.isEmpty { return }
        let keys = Array(changes.keys)
        let key: [any PostgresEncodable] = [
            target.log.rawValue, target.generation, keys.map(\.dimension.rawValue), keys.map(\.period),
            keys.map(\.value), keys.map(\.measure.name), keys.map { Int32(clamping: $0.bucket) },
        ]
        try await target.transaction.query(
            """
            INSERT INTO caseflow.outcome_counts AS c (log_id, generation, dimension, period, value, measure, bucket, n)
            SELECT $1, $2, u.* FROM unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::integer[], $8::bigint[]) AS u
            ON CONFLICT (log_id, generation, dimension, period, value, measure, bucket) DO UPDATE SET n = c.n + excluded.n
            """,
            key + [keys.map { changes[$0] ?? 0 }]
        )
        if changes.values.allSatisfy({ $0 > 0 }) { return }
        try await target.transaction.query(
            """
            DELETE FROM caseflow.outcome_counts c
             USING unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::integer[])
                AS u(dimension, period, value, measure, bucket)
             WHERE c.log_id = $1 AND c.generation = $2 AND c.dimension = u.dimension AND c.period = u.period
               AND c.value = u.value AND c.measure = u.measure AND c.bucket = u.bucket AND c.n = 0
            """,
            key
        )
    }
}
