import EventStore
import WorkingTime

extension CaseRecord {
    /// The positions of the pauses that the clock of the statute does not count, because its limit was over when they were
    /// recorded. Where there is no such clock, those that no clock of the whole case counts.
    /// Throws ``ClockProblem``, `WorkingTimeError`.
    func latePauses(_ clocks: CaseClocks) throws -> Set<Int64> {
        let pauses = entries.filter { if case .suspended? = $0.fact { true } else { false } }
        guard !pauses.isEmpty, pin != nil, let last = entries.map(\.day).max() else { return [] }
        let readings = try clocks.readings(of: ledger, asOf: last, knownAt: .latest, explained: false).filter {
            $0.rule.isOfWholeCase && $0.rule.isSuspendable
        }
        let statute = readings.filter { $0.rule.itemLimit == .statute }
        let judges = statute.isEmpty ? readings : statute
        if judges.isEmpty { return [] }
        let late = pauses.filter { entry in
            !judges.contains { reading in
                reading.pauses.merged.contains { pause in
                    pause.start.date <= entry.day && pause.end.map { entry.day <= $0.date } ?? true
                }
            }
        }
        return Set(late.map(\.position))
    }

    /// The events that began and ended a clock's run; nil where it is none of this case.
    func run(of reading: ClockReading) -> (start: Entry, stop: Entry?)? {
        guard let pin else { return nil }
        let facts = ledger.entries
        let starts = facts.indices.filter {
            facts[$0].milestones.contains(reading.rule.start) && reading.rule.length(pin, told: facts[$0].told) != nil
        }
        guard starts.indices.contains(reading.ordinal - 1) else { return nil }
        let start = starts[reading.ordinal - 1]
        let stop = facts.indices.first { $0 > start && reading.rule.isStopped(by: facts[$0], since: facts[start]) }
        return (entries[start], stop.map { entries[$0] })
    }
}
