import EventStore

/// What a mapping has made of the events of a file: of all that the file holds of readable cases, whether or not the log
/// had them before.
public struct MappingReport: Sendable, Codable, Hashable {
    /// A fact that events have come to.
    public struct Fact: Sendable, Codable, Hashable {
        /// Its name in the log: `stage-signed`; with what tells it apart, where it has two sides: `stage-signed objection`.
        public var name: String
        /// How often.
        public var events: Int
        /// In how many cases.
        public var cases: Int
        /// In how many cases more than once.
        public var casesWithMore: Int
    }

    /// Events that are kept as recorded steps.
    public struct Kept: Sendable, Codable, Hashable {
        /// The activity.
        public var activity: String
        /// Why it has no counterpart.
        public var reason: String
        /// How often.
        public var events: Int
    }

    /// The mapping's name.
    public var mapping: String
    /// SHA-256 of its file, base64.
    public var digest: String
    /// Events of the source that have come to facts.
    public var mappedEvents = 0
    /// Events of the source that are kept as recorded steps.
    public var keptEvents = 0
    /// The facts, by name.
    public var facts: [Fact] = []
    /// What is kept as steps, the most frequent first; a thousand kinds at most.
    public var kept: [Kept] = []
    /// Events of further kinds that are kept as steps.
    public var keptOfFurtherKinds = 0
}

/// Counts what a mapping makes of a file. Its size goes by the kinds of facts and activities, not by the events.
struct MappingTally {
    private struct Kind: Hashable {
        let activity: String
        let reason: String
    }

    private struct Count {
        var events = 0
        var cases = 0
        var more = 0
    }

    private static let kinds = 1000
    private let mapping: ImportMapping
    private var facts: [String: Count] = [:]
    private var kept: [Kind: Int] = [:]
    private var further = 0
    private var mappedEvents = 0
    /// The facts of the case that is being read.
    private var inCase: [String: Int] = [:]

    init(_ mapping: ImportMapping) { self.mapping = mapping }

    mutating func take(_ meaning: MappedCase.Meaning, of activity: String) {
        if let reason = meaning.reason {
            let kind = Kind(activity: activity, reason: reason)
            if kept[kind] != nil || kept.count < Self.kinds { kept[kind, default: 0] += 1 } else { further += 1 }
            return
        }
        mappedEvents += 1
        for fact in meaning.facts {
            inCase[fact.reportName, default: 0] += 1
        }
    }

    mutating func endCase() {
        for (name, events) in inCase {
            facts[name, default: Count()].events += events
            facts[name, default: Count()].cases += 1
            if events > 1 { facts[name, default: Count()].more += 1 }
        }
        inCase.removeAll(keepingCapacity: true)
    }

    /// The counts, also of a case that the file breaks off.
    var report: MappingReport {
        var whole = self
        whole.endCase()
        var report = MappingReport(mapping: mapping.name.rawValue, digest: mapping.digest)
        report.mappedEvents = mappedEvents
        report.keptEvents = kept.values.reduce(further, +)
        report.keptOfFurtherKinds = further
        report.facts = whole.facts.sorted { $0.key < $1.key }.map {
            MappingReport.Fact(
                name: $0.key,
                events: $0.value.events,
                cases: $0.value.cases,
                casesWithMore: $0.value.more
            )
        }
        report.kept = kept.sorted {
            ($1.value, $0.key.activity, $0.key.reason) < ($0.value, $1.key.activity, $1.key.reason)
        }.map { MappingReport.Kept(activity: $0.key.activity, reason: $0.key.reason, events: $0.value) }
        return report
    }
}

extension Case.ImportedFact {
    /// Its name, with the side that it takes.
    var reportName: String {
        switch self {
        case .procedure(.stageSigned(_, let finding, _)): "\(name) \(finding.rawValue)"
        case .procedure(.decided(let isGranted, _, _)): "\(name) \(isGranted ? "granted" : "denied")"
        case .procedure(.answered(_, let answer, _, _, _)): "\(name) \(answer.rawValue)"
        default: name
        }
    }
}
