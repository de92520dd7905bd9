import EventStore
import PostgresClient
import WorkingTime

/// Holds a clock of a rule pack against the limits that imported cases bring with them: does the rule, counted from the
/// receipt, give the same day as the source? What does not agree is named, never adjusted.
public struct RuleComparison: Sendable, Encodable {
    /// Cases that agree with one reading of the rule.
    public struct Agreement: Sendable, Encodable, Equatable {
        /// `8 calendar-weeks`, or with what it was prolonged by.
        public let limit: String
        /// How many.
        public let cases: Int
    }

    /// A case that does not agree.
    public struct Deviation: Sendable, Encodable, Equatable {
        /// Its number.
        public let `case`: String
        /// Local dates, ISO 8601.
        public let receivedOn, deadlineOn: String
        /// What the rule gives without an extension.
        public let computed: String
        /// Calendar days by which the source's limit is later; negative when earlier.
        public let daysLater: Int
    }

    /// The pack and its version.
    public let rules: String
    /// Its clock.
    public let clock: String
    /// Cases with a limit.
    public let cases: Int
    /// Those that agree, by how.
    public let agreements: [Agreement]
    /// Those that do not, by number.
    public let deviations: [Deviation]

    /// Why nothing can be compared.
    public enum Problem: Error, Sendable, CustomStringConvertible {
        /// The pack has no such clock, or none with a length of its own in days.
        case noSuchClock(String, pack: String, known: [String])

        /// What was asked for, and what there is.
        public var description: String {
            switch self {
            case .noSuchClock(let name, let pack, let known):
                "'\(pack)' has no clock '\(name)' with a length of its own in days; it has \(known.joined(separator: ", "))"
            }
        }
    }

    /// Compares the cases of a log that have a limit from their source. The projection must be up to date.
    public init(_ pack: RulePack, clock name: String, in log: EventLog, calendar: WorkCalendar?) async throws {
        let known = pack.clocks.filter { if case .fixed = $0.length { true } else { false } }
        guard let rule = known.first(where: { $0.name.rawValue == name }), case .fixed(let limit) = rule.length,
            let calendar = calendar ?? .everyDay(pack)
        else { throw Problem.noSuchClock(name, pack: pack.code, known: known.map(\.name.rawValue)) }
        // The limit as it stands, then with each extension to its full length.
        var lengths: [(label: String, limit: DayLimit)] = []
        if let days = limit.inDays(pack) { lengths.append((limit.description, days)) }
        for power in rule.extensions where power.limit.unit == limit.unit {
            guard let whole = Limit(limit.amount + power.limit.amount, limit.unit), let days = whole.inDays(pack)
            else { continue }
            lengths.append(("\(limit) + \(power.limit), \(power.article[.english])", days))
        }
        let rows = try await log.pool.query(
            """
            SELECT c.case_number, c.received_on, c.deadline_on FROM caseflow.case_compliance c
              JOIN caseflow.projections p ON p.log_id = c.log_id AND p.generation = c.generation
               AND p.name = 'case-compliance' AND p.state = 'live'
             WHERE c.log_id = $1 AND c.deadline_on IS NOT NULL ORDER BY c.case_number
            """,
            [log.id.rawValue]
        )
        var counts = [Int](repeating: 0, count: lengths.count)
        var deviations: [Deviation] = []
        for row in rows {
            guard let received = CivilDate(daysSinceEpoch: try row.decode(1, as: PostgresDate.self).daysSinceUnixEpoch),
                let deadline = CivilDate(daysSinceEpoch: try row.decode(2, as: PostgresDate.self).daysSinceUnixEpoch)
            else { continue }
            let computed = try lengths.map { try $0.limit.outcome(after: received, in: calendar).dueDate?.date }
            if let index = computed.firstIndex(of: deadline) {
                counts[index] += 1
            } else if let plain = computed.first ?? nil {
                deviations.append(
                    Deviation(
                        case: try row.decode(0),
                        receivedOn: received.description,
                        deadlineOn: deadline.description,
                        computed: plain.description,
                        daysLater: plain.days(to: deadline)
                    )
                )
            }
        }
        rules = "\(pack.code) \(pack.version)"
        self.clock = name
        cases = rows.count
        agreements = zip(lengths, counts).map { Agreement(limit: $0.label, cases: $1) }
        self.deviations = deviations
    }
}
