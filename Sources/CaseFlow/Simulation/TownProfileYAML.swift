import WorkingTime

extension TownProfile {
    /// Reads a profile from YAML. Either a profile, or all that is wrong, each with its line and what would be right.
    public static func read(yaml text: String, file: String) -> Result<TownProfile, Faults> {
        let root: YAMLValue
        do throws(YAMLProblem) { root = try YAMLValue(text, file: file) } catch { return .failure(Faults([error])) }
        var reader = TownProfileReader(root)
        guard let profile = reader.profile(), reader.problems.isEmpty else {
            let known = reader.problems.isEmpty ? [root.problem("it cannot be read")] : reader.problems
            return .failure(Faults(known))
        }
        return .success(profile)
    }

    /// What is wrong with a profile.
    public struct Faults: Error, Sendable, CustomStringConvertible {
        /// In the order of the file, as far as it is read in that order; one at least.
        public let problems: [YAMLProblem]

        init(_ problems: [YAMLProblem]) { self.problems = problems }

        /// One a line: `FILE:LINE: what`.
        public var description: String {
            (problems.map(\.description) + ["docs/guides/simulation.md tells the form"]).joined(separator: "\n")
        }
    }
}

/// Reads one profile.
private struct TownProfileReader {
    private var fields: YAMLFields
    private let root: YAMLValue

    var problems: [YAMLProblem] { fields.problems }

    init(_ root: YAMLValue) {
        self.root = root
        fields = YAMLFields(
            root,
            [
                "town", "name", "region", "hall", "catalogue", "network", "time-zone", "hours", "cases", "channels",
                "weekdays", "market", "matters", "rates", "minutes", "grades", "delivery", "figures",
            ]
        )
    }

    /// The profile; what is wrong is among the problems.
    mutating func profile() -> TownProfile? {
        let town = fields.need("town") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        let title = fields.need("name") { value throws(YAMLProblem) in try value.localized() }
        let region = fields.need("region") { value throws(YAMLProblem) in try value.code(RegionCode.self) }
        let hall = fields.need("hall") { value throws(YAMLProblem) in try value.code(UnitCode.self) }
        let hours = fields.need("hours") { value throws(YAMLProblem) in try value.dayHours() }
        let cases = fields.need("cases") { value throws(YAMLProblem) in
            let keys = try value.mapping([], needs: ["count", "days"])
            return (try keys["count"]?.whole(1...10_000_000) ?? 1, try keys["days"]?.whole(1...3660) ?? 1)
        }
        let channels = fields.need("channels") { value throws(YAMLProblem) in
            try value.weights(ServiceItem.Channel.self)
        }
        let catalogue = fields.take("catalogue") { value throws(YAMLProblem) in try value.text() }
        let network = fields.take("network") { value throws(YAMLProblem) in try value.text() }
        let zone = fields.take("time-zone") { value throws(YAMLProblem) in try value.text() }
        let weekdays = fields.take("weekdays") { value throws(YAMLProblem) in try value.weekdayFactors() }
        let market = fields.take("market") { value throws(YAMLProblem) in try value.market() }
        let matters = fields.take("matters") { value throws(YAMLProblem) in try value.numbers(1...3) }
        let rates = fields.take("rates") { value throws(YAMLProblem) in try value.rates() }
        let minutes = fields.need("minutes") { value throws(YAMLProblem) in try value.minutes() }
        let grades = fields.take("grades") { value throws(YAMLProblem) in try value.numbers(5...5) }
        let delivery = fields.take("delivery") { value throws(YAMLProblem) in try value.weights(Case.Delivery.self) }
        let figures = figures()
        guard let town, let title, let region, let hall, let hours, let cases, let channels, let minutes else {
            return nil
        }
        var profile = TownProfile(
            town: town,
            title: title,
            region: region,
            hall: hall,
            cases: cases.0,
            days: cases.1,
            hours: hours
        )
        profile.channels = channels
        if let catalogue { profile.catalogue = catalogue }
        if let network { profile.network = network }
        if let zone { profile.zone = zone }
        if let weekdays { profile.weekdays = weekdays }
        profile.market = market
        if let matters { profile.matters = matters }
        if let rates { profile.rates = rates }
        profile.minutes = minutes
        if let grades { profile.grades = grades }
        if let delivery { profile.delivery = Dictionary(uniqueKeysWithValues: delivery) }
        profile.figures = figures
        return profile
    }

    private mutating func figures() -> [TownProfile.Figure] {
        let list = fields.take("figures") { value throws(YAMLProblem) in try value.list() } ?? []
        return list.compactMap { value in
            var own = YAMLFields(value, ["figure", "reported", "of", "at-least", "at-most", "must", "words"])
            defer { fields.problems += own.problems }
            let measure = own.need("figure") { value throws(YAMLProblem) in try value.name(SimulationMeasure.self) }
            let reported = own.take("reported") { value throws(YAMLProblem) in try value.number() }
            let per = own.take("of") { value throws(YAMLProblem) in try value.number() }
            let least = own.take("at-least") { value throws(YAMLProblem) in try value.number() }
            let most = own.take("at-most") { value throws(YAMLProblem) in try value.number() }
            let isMust = own.take("must") { value throws(YAMLProblem) in try value.flag() } ?? false
            let words = own.need("words") { value throws(YAMLProblem) in try value.localized() }
            if isMust, least == nil, most == nil {
                own.problems.append(value.problem("a figure that must be met needs 'at-least' or 'at-most'"))
            }
            if let least, let most, least > most {
                own.problems.append(value.problem("'at-least' \(least) is above 'at-most' \(most)"))
            }
            guard let measure, let words else { return nil }
            return TownProfile.Figure(
                measure: measure,
                reported: reported,
                per: per,
                atLeast: least,
                atMost: most,
                isMust: isMust,
                words: words,
                line: value.line ?? 1
            )
        }
    }
}

extension YAMLValue {
    /// A number from 0 on, `12` or `0.5`.
    fileprivate func number() throws(YAMLProblem) -> Double {
        let written = try text()
        guard let number = Double(written), number.isFinite, (0...1e9).contains(number) else {
            throw problem("'\(written)' is no number from 0 on; write it as 12 or 0.5")
        }
        return number
    }

    /// A share, `12 %`, as a part of 1.
    fileprivate func share() throws(YAMLProblem) -> Double {
        let written = try text()
        let parts = written.split(separator: " ")
        guard parts.count == 2, parts[1] == "%", let number = Double(parts[0]), (0...100).contains(number) else {
            throw problem("'\(written)' is no share; write it as 12 % or 0.5 %, at most 100 %")
        }
        return number / 100
    }

    /// Hours of a day, some at least.
    fileprivate func dayHours() throws(YAMLProblem) -> DayHours {
        let written = try text()
        let hours: DayHours
        do throws(DayHours.Invalid) { hours = try DayHours(written) } catch { throw problem("\(error)") }
        if hours.seconds == 0 { throw problem("these hours never open") }
        return hours
    }

    /// Numbers in order, as many as wanted, one of them above 0.
    fileprivate func numbers(_ count: ClosedRange<Int>) throws(YAMLProblem) -> [Double] {
        var found: [Double] = []
        for value in try list() { found.append(try value.number()) }
        guard count.contains(found.count), found.contains(where: { $0 > 0 }) else {
            throw problem("give \(count.lowerBound) to \(count.upperBound) numbers, one of them above 0")
        }
        return found
    }

    /// Names with a number each, one of them above 0.
    fileprivate func weights<Names: RawRepresentable & CaseIterable & Hashable>(_: Names.Type) throws(YAMLProblem)
        -> [(Names, Double)] where Names.RawValue == String
    {
        var found: [(Names, Double)] = []
        for (key, value) in try members() {
            guard let name = Names(rawValue: key) else {
                let known = Names.allCases.map(\.rawValue).joined(separator: ", ")
                throw value.problem("'\(key)' is not known here; known are: \(known)")
            }
            found.append((name, try value.number()))
        }
        if !found.contains(where: { $0.1 > 0 }) { throw problem("give one of them a number above 0") }
        return found
    }

    fileprivate func weekdayFactors() throws(YAMLProblem) -> [Weekday: Double] {
        var found: [Weekday: Double] = [:]
        for (key, value) in try members() {
            guard let day = Weekday.allCases.first(where: { WorkWeek([$0]).description == key }) else {
                throw value.problem("'\(key)' is no weekday; write mon, tue, wed, thu, fri, sat, sun")
            }
            found[day] = try value.number()
        }
        return found
    }

    fileprivate func market() throws(YAMLProblem) -> TownProfile.Market {
        let keys = try mapping([], needs: ["every", "first", "hours", "factor"])
        guard let every = keys["every"], let first = keys["first"], let hours = keys["hours"],
            let factor = keys["factor"]
        else { throw problem("give every, first, hours and factor") }
        return TownProfile.Market(
            every: try every.whole(1...366),
            first: try first.day(),
            hours: try hours.dayHours(),
            factor: try factor.number()
        )
    }

    fileprivate func rates() throws(YAMLProblem) -> [TownProfile.Rate: Double] {
        var found: [TownProfile.Rate: Double] = [:]
        for (key, value) in try members() {
            guard let rate = TownProfile.Rate(rawValue: key) else {
                let known = TownProfile.Rate.allCases.map(\.rawValue).joined(separator: ", ")
                throw value.problem("'\(key)' is no rate; known are: \(known)")
            }
            found[rate] = try value.share()
        }
        return found
    }

    fileprivate func minutes() throws(YAMLProblem) -> [TownProfile.Work: Double] {
        var found: [TownProfile.Work: Double] = [:]
        for (key, value) in try members() {
            guard let work = TownProfile.Work(rawValue: key) else {
                let known = TownProfile.Work.allCases.map(\.rawValue).joined(separator: ", ")
                throw value.problem("'\(key)' is no work; known are: \(known)")
            }
            let number = try value.number()
            guard number > 0, number <= 480 else { throw value.problem("give more than 0 and at most 480 minutes") }
            found[work] = number
        }
        for work in TownProfile.Work.allCases where found[work] == nil {
            throw problem("'\(work.rawValue)' is missing")
        }
        return found
    }
}
