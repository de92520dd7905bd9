import EventStore
import WorkingTime

extension NetworkFile {
    /// Reads a network from YAML. What cannot be read is among the ``findings``: all of it, as far as it can be told apart.
    /// Never throws: a text that is no YAML gives one finding and no units.
    public init(yaml text: String, file: String) {
        self.init(name: file)
        do throws(YAMLProblem) {
            read(try YAMLValue(text, file: file))
        } catch {
            take(error, of: nil)
        }
    }

    /// Whether a text is a network file rather than a catalogue: it has a section `units`.
    public static func isNetwork(yaml text: String) -> Bool {
        guard let root = try? YAMLValue(text, file: ""), let members = try? root.members() else { return false }
        return members.contains { $0.key == "units" }
    }

    private mutating func take(_ problem: YAMLProblem, of subject: String?) {
        findings.append(Finding(file: name, line: problem.line, subject: subject, issue: .unreadable(problem.what)))
    }

    private mutating func read(_ root: YAMLValue) {
        var fields = YAMLFields(root, ["network", "region", "from", "officers", "units"])
        title = fields.take("network") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        let region = fields.take("region") { value throws(YAMLProblem) in try value.code(RegionCode.self) }
        from = fields.take("from") { value throws(YAMLProblem) in try value.day() }
        let officers = fields.take("officers") { value throws(YAMLProblem) in try value.list() } ?? []
        let units = fields.take("units") { value throws(YAMLProblem) in try value.list() } ?? []
        if units.isEmpty, officers.isEmpty, fields.problems.isEmpty {
            fields.problems.append(root.problem("there are neither 'units' nor 'officers'"))
        }
        for problem in fields.problems { take(problem, of: nil) }
        for value in officers { read(officer: value) }
        for value in units {
            var reader = NetworkUnitReader(value, region: region, from: from)
            let unit = reader.unit()
            for problem in reader.problems { take(problem, of: reader.code?.rawValue) }
            if let unit { self.units.append(unit) }
        }
    }

    private mutating func read(officer value: YAMLValue) {
        let line = value.line ?? 1
        if !value.isMapping {
            do throws(YAMLProblem) {
                officers.append(Officer(entry: OfficerEntry(try value.code(OfficerID.self), from: from), line: line))
            } catch { take(error, of: nil) }
            return
        }
        var fields = YAMLFields(value, ["officer", "from"])
        let code = fields.need("officer") { value throws(YAMLProblem) in try value.code(OfficerID.self) }
        let first = fields.take("from") { value throws(YAMLProblem) in try value.day() }
        for problem in fields.problems { take(problem, of: code?.rawValue) }
        if let code { officers.append(Officer(entry: OfficerEntry(code, from: first ?? from), line: line)) }
    }
}

/// Reads one unit of a network's file.
struct NetworkUnitReader {
    private var fields: YAMLFields
    private let value: YAMLValue
    private let region: RegionCode?
    private let from: CivilDate?
    /// The code, where it could be read.
    private(set) var code: UnitCode?

    /// What was wrong.
    var problems: [YAMLProblem] { fields.problems }

    init(_ value: YAMLValue, region: RegionCode?, from: CivilDate?) {
        (self.value, self.region, self.from) = (value, region, from)
        fields = YAMLFields(
            value,
            [
                "unit", "name", "kind", "parent", "region", "seal", "calendar", "from", "posts", "duties",
                "appointments",
            ]
        )
    }

    /// The unit; nil where something was wrong with it.
    mutating func unit() -> NetworkFile.Unit? {
        code = fields.need("unit") { value throws(YAMLProblem) in try value.code(UnitCode.self) }
        let name = fields.need("name") { value throws(YAMLProblem) in try value.localized() }
        let kind = fields.need("kind") { value throws(YAMLProblem) in try value.name(UnitKind.self) }
        // All else is read in any case, so that all that is wrong is told.
        var profile = UnitProfile(
            code ?? UnitCode(trusted: "unknown"),
            name: name ?? LocalizedText("-", "-"),
            kind: kind ?? .department
        )
        profile.parent = fields.take("parent") { value throws(YAMLProblem) in try value.code(UnitCode.self) }
        profile.region =
            fields.take("region") { value throws(YAMLProblem) in try value.code(RegionCode.self) } ?? region
        profile.seal = fields.take("seal") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        profile.calendar = fields.take("calendar") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        let first = fields.take("from") { value throws(YAMLProblem) in try value.day() }
        var unit = NetworkFile.Unit(
            entry: UnitEntry(profile, from: first ?? from),
            line: fields.line("unit") ?? value.line ?? 1
        )
        for value in list("posts") {
            guard let post = post(value) else { continue }
            unit.entry.posts.append(post)
            unit.postLines.append(value.line ?? unit.line)
        }
        for (key, name, kind) in [("duties", "duty", Duty.Kind.duty), ("appointments", "appointment", .appointment)] {
            for value in list(key) {
                guard let duty = duty(value, name, kind) else { continue }
                unit.entry.duties.append(duty)
                unit.dutyLines.append(value.line ?? unit.line)
            }
        }
        return problems.isEmpty ? unit : nil
    }

    private mutating func list(_ key: String) -> [YAMLValue] {
        fields.take(key) { value throws(YAMLProblem) in try value.list() } ?? []
    }

    private mutating func post(_ value: YAMLValue) -> UnitEntry.Post? {
        var own = YAMLFields(value, ["post", "role", "a", "b", "from"])
        defer { fields.problems += own.problems }
        let name = own.need("post") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        let role = own.need("role") { value throws(YAMLProblem) in try value.name(OfficerRole.self) }
        let a = own.take("a") { value throws(YAMLProblem) in try value.holding() }
        let b = own.take("b") { value throws(YAMLProblem) in try value.holding() }
        let first = own.take("from") { value throws(YAMLProblem) in try value.day() }
        guard let name, let role else { return nil }
        return UnitEntry.Post(name, role: role, a: a, b: b, from: first)
    }

    private mutating func duty(_ value: YAMLValue, _ key: String, _ kind: Duty.Kind) -> UnitEntry.OwnDuty? {
        var own = YAMLFields(
            value,
            [key, "at", "every", "first", "weekdays", "dates", "hours", "seal", "from", "through"]
        )
        defer { fields.problems += own.problems }
        let name = own.need(key) { value throws(YAMLProblem) in try value.code(ShortName.self) }
        let place = own.need("at") { value throws(YAMLProblem) in try value.code(UnitCode.self) }
        let hours = own.need("hours") { value throws(YAMLProblem) in try value.hours() }
        let hasSeal = own.take("seal") { value throws(YAMLProblem) in try value.flag() } ?? false
        let first = own.take("from") { value throws(YAMLProblem) in try value.day() }
        let last = own.take("through") { value throws(YAMLProblem) in try value.day() }
        if let first, let last, last < first { own.problems.append(value.problem("'through' is before 'from'")) }
        let days = days(value, &own)
        guard let name, let place, let hours, let days else { return nil }
        let duty = Duty(name, kind: kind, at: place, on: days, hours: hours, hasSeal: hasSeal)
        return UnitEntry.OwnDuty(duty, from: first, through: last)
    }

    /// `every` and `first`, or `weekdays`, or `dates`.
    private func days(_ value: YAMLValue, _ own: inout YAMLFields) -> Duty.Days? {
        let given = ["every", "weekdays", "dates"].filter(own.has)
        guard value.isMapping, given.count == 1 else {
            if value.isMapping {
                own.problems.append(value.problem("give its days by one of: every (with first), weekdays, dates"))
            }
            return nil
        }
        switch given[0] {
        case "every":
            let count = own.take("every") { value throws(YAMLProblem) in try value.whole(1...366) }
            let first = own.need("first") { value throws(YAMLProblem) in try value.day() }
            guard let count, let first else { return nil }
            return .every(count, from: first)
        case "weekdays":
            return own.take("weekdays") { value throws(YAMLProblem) in
                var days: [Weekday] = []
                for element in try value.list() { days.append(try element.weekday()) }
                if days.isEmpty { throw value.problem("name one day at least") }
                return days
            }.flatMap { Duty.Days.weekdays($0).normalised }
        default:
            return own.take("dates") { value throws(YAMLProblem) in
                var days: [CivilDate] = []
                for element in try value.list() { days.append(try element.day()) }
                if days.isEmpty { throw value.problem("name one day at least") }
                return days
            }.flatMap { Duty.Days.dates($0).normalised }
        }
    }
}

extension YAMLValue {
    /// A day, `2026-01-31`.
    func day() throws(YAMLProblem) -> CivilDate {
        let written = try text()
        do throws(CivilDate.Invalid) { return try CivilDate(written) } catch { throw problem("\(error)") }
    }

    /// Hours of a day, `09:00-12:00 14:00-17:00`; some at least.
    fileprivate func hours() throws(YAMLProblem) -> DayHours {
        let written = try text()
        do throws(DayHours.Invalid) { return try DayHours(written) } catch { throw problem("\(error)") }
    }

    /// `mon` to `sun`.
    fileprivate func weekday() throws(YAMLProblem) -> Weekday {
        let written = try text()
        guard let day = Weekday.allCases.first(where: { WorkWeek([$0]).description == written }) else {
            throw problem("'\(written)' is no weekday; write mon, tue, wed, thu, fri, sat, sun")
        }
        return day
    }

    /// An officer's code, or `{officer: …, from: …}`.
    fileprivate func holding() throws(YAMLProblem) -> UnitEntry.Holding {
        guard isMapping else { return UnitEntry.Holding(try code(OfficerID.self)) }
        let keys = try mapping(["from"], needs: ["officer"])
        guard let officer = keys["officer"] else { throw problem("the key 'officer' is missing") }
        return UnitEntry.Holding(try officer.code(OfficerID.self), from: try keys["from"]?.day())
    }
}
