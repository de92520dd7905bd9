import WorkingTime

/// What is counted of cases, and by what. A board of a county reads counts, never cases: they are as many as there are
/// officers, items and months, however many cases there are.
struct OutcomeCount: Sendable, Hashable {
    /// By what.
    enum Dimension: String, Sendable, CaseIterable {
        /// All cases of the log.
        case all
        /// The unit that received it. A town's are those of its centre's units.
        case place
        /// The unit that decided; of a card the unit with which the case lay.
        case department
        /// Who decided; of a card the officer with whom the case lay.
        case officer
        /// The service item.
        case item
        /// How it came in.
        case channel
        /// An item in one of its versions: `code@000003`.
        case version
    }

    /// What.
    enum Measure: Sendable, Hashable {
        /// Cases that came in, in the month of their receipt. What follows: in the month of the decision.
        case received
        /// Cases decided.
        case decided
        /// Of these, granted.
        case granted
        /// Within the promise, and not.
        case promiseKept
        /// Later than promised.
        case promiseBroken
        /// Within the statute's limit.
        case statuteKept
        /// Later than that.
        case statuteBroken
        /// Cases by the days from acceptance to decision; the bucket is the number of days.
        case days
        /// Cases that stood still, by the days of that, in the unit of their days.
        case paused
        /// Cases by the citizen's visits.
        case visits
        /// Ratings; the bucket is 1 for the best to 5 for the worst grade.
        case rated
        /// Cases by what officers did on them.
        case steps
        /// Cases by how often they passed on.
        case handOvers
        /// Cards that have come to this rung and no further, in the month in which it was due.
        case cards(String)

        private static let names: [Measure: String] = [
            .received: "received", .decided: "decided", .granted: "granted", .promiseKept: "promise-kept",
            .promiseBroken: "promise-broken", .statuteKept: "statute-kept", .statuteBroken: "statute-broken",
            .days: "days", .paused: "paused", .visits: "visits", .rated: "rated", .steps: "steps",
            .handOvers: "hand-overs",
        ]
        private static let measures = Dictionary(uniqueKeysWithValues: names.map { ($0.value, $0.key) })
        private static let cardPrefix = "cards:"

        /// Its name in the table: `promise-kept`, `cards:red`.
        var name: String {
            if case .cards(let rung) = self { Self.cardPrefix + rung } else { Self.names[self] ?? "" }
        }

        /// By its name in the table.
        init?(name: String) {
            if name.hasPrefix(Self.cardPrefix) {
                self = .cards(String(name.dropFirst(Self.cardPrefix.count)))
            } else if let measure = Self.measures[name] {
                self = measure
            } else {
                return nil
            }
        }
    }

    let dimension: Dimension
    let value: String
    /// When: ``period(month:)``, ``period(year:)`` or ``always``.
    let period: String
    let measure: Measure
    /// What the measure says; 0 where it says yes alone.
    let bucket: Int

    /// The period of all that there is.
    static let always = ""

    /// The period of a day's month: `2026-03`.
    static func period(month day: CivilDate) -> String { String(day.description.prefix(7)) }

    /// The period of a day's year: `2026`.
    static func period(year day: CivilDate) -> String { String(day.description.prefix(4)) }

    /// The value of an item's version: as text in the order of the versions.
    static func value(_ item: String, version: Int) -> String {
        let digits = String(version)
        return "\(item)@\(String(repeating: "0", count: max(0, 6 - digits.count)))\(digits)"
    }
}

extension CaseOutcome {
    /// What it adds to the counts; one that stands there twice adds two.
    var counts: [OutcomeCount] {
        var measures: [(OutcomeCount.Measure, CivilDate, Int)] = [(.received, receivedOn, 0)]
        if let decidedOn {
            func add(_ measure: OutcomeCount.Measure, _ bucket: Int = 0) {
                measures.append((measure, decidedOn, bucket))
            }
            add(.decided)
            if isGranted { add(.granted) }
            if let isInPromise { add(isInPromise ? .promiseKept : .promiseBroken) }
            if let isInStatute { add(isInStatute ? .statuteKept : .statuteBroken) }
            if let days { add(.days, days) }
            if paused > 0 { add(.paused, paused) }
            if let rating { add(.rated, (Case.Rating.allCases.firstIndex(of: rating) ?? 0) + 1) }
            add(.visits, visits)
            add(.steps, steps)
            add(.handOvers, handOvers)
        }
        let values: [(OutcomeCount.Dimension, String)] = [
            (.all, ""), (.place, place), (.department, department), (.officer, officer), (.item, item),
            (.channel, channel), (.version, item.isEmpty ? "" : OutcomeCount.value(item, version: version)),
        ]
        // A card is on those with whom the case lay, whoever decides it in the end.
        return Self.counts(measures, of: values)
            + cards.flatMap { card in
                let holder = values.map { dimension, value in
                    switch dimension {
                    case .department: (dimension, card.unit)
                    case .officer: (dimension, card.officer)
                    default: (dimension, value)
                    }
                }
                return Self.counts([(.cards(card.rung), card.on, 0)], of: holder)
            }
    }

    private static func counts(
        _ measures: [(OutcomeCount.Measure, CivilDate, Int)],
        of values: [(OutcomeCount.Dimension, String)]
    ) -> [OutcomeCount] {
        // Few days, and many counts of each.
        var periods: [CivilDate: [String]] = [:]
        for (_, day, _) in measures where periods[day] == nil {
            periods[day] = [OutcomeCount.period(month: day), OutcomeCount.period(year: day), OutcomeCount.always]
        }
        return values.flatMap { dimension, value -> [OutcomeCount] in
            if value.isEmpty, dimension != .all { return [] }
            return measures.flatMap { measure, day, bucket in
                (periods[day] ?? []).map {
                    OutcomeCount(dimension: dimension, value: value, period: $0, measure: measure, bucket: bucket)
                }
            }
        }
    }
}
