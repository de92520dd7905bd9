import ArgumentParser
import CaseFlow
import EventStore
import WorkingTime

/// The network of a log, or one of its units.
struct NetworkShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "The units of a log's network on a day; of one unit everything: posts, who holds them, duties."
    )

    @Argument(help: "The unit's code; without one, all units that are open.")
    var unit: String?

    @OptionGroup var question: NetworkQuestion

    func validate() throws { _ = try unit.map(NetworkDefaults.unit) }

    func run() async throws {
        let (network, day) = try await question.network()
        if let unit {
            let code = try UnitCode(unit)
            guard let profile = network.unit(code, on: day) else { throw Self.missing(code, network, day) }
            let answer = NetworkUnitAnswer(log: question.log.log, profile, network, day, question.language)
            if question.log.database.json { return try Terminal.json(answer) }
            for line in answer.lines(profile, question) { print(line) }
        } else {
            try list(network, day)
        }
    }

    /// There is no such unit on that day.
    static func missing(_ unit: UnitCode, _ network: Network, _ day: CivilDate) -> WrongCall {
        guard let state = network.units[unit], let first = state.status.spans.first?.from else {
            return WrongCall(description: "the network has no unit \(unit); `network show` lists what there is")
        }
        if case .closed(let reason) = state.status[day] {
            let since = state.status.span(on: day)?.from ?? day
            return WrongCall(description: "\(unit) is closed since \(since) (\(reason)); ask for an earlier day (--on)")
        }
        return WrongCall(description: "\(unit) begins on \(first), after \(day)")
    }

    private struct Row: Encodable {
        let unit, name, kind: String
        let parent: String?
        let posts, vacant: Int
    }

    private struct List: Encodable {
        let log, day: String
        let units: [Row]
    }

    private func list(_ network: Network, _ day: CivilDate) throws {
        let open = network.open(on: day)
        let rows = open.map { profile in
            let seats = network.seats(in: profile.code, on: day).filter { $0.post.unit == profile.code }
            return Row(
                unit: profile.code.rawValue,
                name: profile.name[question.language],
                kind: profile.kind.rawValue,
                parent: profile.parent?.rawValue,
                posts: seats.count,
                vacant: seats.count { $0.a == nil }
            )
        }
        if question.log.database.json {
            return try Terminal.json(List(log: question.log.log, day: day.description, units: rows))
        }
        let log = question.log.log
        print(question.word("log \(log): \(rows.count) units on \(day)", "日志 \(log)：\(day) 共有单位 \(rows.count) 个"))
        if rows.isEmpty { return }
        Terminal.table(
            question.language == .chinese
                ? ["单位代码", "名称", "类别", "上级", "岗位", "主岗空缺"] : ["unit", "name", "kind", "parent", "posts", "vacant"],
            zip(rows, open).map { row, profile in
                [
                    row.unit, row.name, profile.kind.title[question.language], row.parent ?? "", String(row.posts),
                    String(row.vacant),
                ]
            }
        )
    }
}

/// Everything about a unit on a day.
struct NetworkUnitAnswer: Encodable {
    struct Post: Encodable {
        let post, unit, role: String
        let a, b: String?
        /// Whether they are in service and not away; nil where there is nobody.
        let aPresent, bPresent: Bool?
    }

    struct OwnDuty: Encodable {
        let duty, kind, at, hours: String
        /// Whether the unit's seal is there.
        let seal: Bool
        /// The next day on which it is, from the day that was asked for on; nil where there is none in two years.
        let next: String?
    }

    let log, day, unit, name, kind: String
    let parent, region, seal, calendar: String?
    let posts: [Post]
    let duties: [OwnDuty]
    /// The units that belong to it.
    let units: [String]

    init(log: String, _ profile: UnitProfile, _ network: Network, _ day: CivilDate, _ language: Language) {
        self.log = log
        self.day = day.description
        unit = profile.code.rawValue
        name = profile.name[language]
        kind = profile.kind.rawValue
        parent = profile.parent?.rawValue
        region = profile.region?.rawValue
        seal = profile.seal?.rawValue
        calendar = profile.calendar?.rawValue
        posts = network.seats(in: profile.code, on: day).map { seat in
            Post(
                post: seat.post.name.rawValue,
                unit: seat.post.unit.rawValue,
                role: seat.role.rawValue,
                a: seat.a?.rawValue,
                b: seat.b?.rawValue,
                aPresent: seat.a.map { network.isPresent($0, on: day) },
                bPresent: seat.b.map { network.isPresent($0, on: day) }
            )
        }
        let lines = network.units[profile.code]?.duties ?? [:]
        duties = lines.sorted { $0.key < $1.key }.compactMap { _, line in
            guard let duty = line[day].flatMap(\.self) else { return nil }
            let next = network.next(duty.kind, of: profile.code, named: duty.name, from: day)
            return OwnDuty(
                duty: duty.name.rawValue,
                kind: duty.kind.rawValue,
                at: duty.place.rawValue,
                hours: duty.hours.description,
                seal: duty.hasSeal,
                next: next?.day.description
            )
        }
        units = network.children(of: profile.code, on: day).map(\.code.rawValue)
    }

    /// For people.
    func lines(_ profile: UnitProfile, _ question: NetworkQuestion) -> [String] {
        func away(_ officer: String?, _ isPresent: Bool?) -> String {
            guard let officer else { return question.word("vacant", "空缺") }
            return isPresent == true ? officer : question.word("\(officer) (away)", "\(officer)（不在岗）")
        }
        var lines = ["\(unit)  \(name)", "  \(profile.kind.title[question.language]); \(day)"]
        let members = [
            ("parent", "上级", parent), ("region", "区划", region), ("seal", "印章", seal),
            ("hours of service", "服务日历", calendar),
        ]
        for (english, chinese, value) in members {
            if let value { lines.append("  \(question.word("\(english): ", "\(chinese)："))\(value)") }
        }
        if !posts.isEmpty { lines.append(question.word("  posts:", "  岗位：")) }
        for (index, post) in posts.enumerated() {
            let role = OfficerRole(rawValue: post.role)?.title[question.language] ?? post.role
            let code = post.unit == unit ? post.post : "\(post.unit)/\(post.post)"
            lines.append(
                "    \(index + 1). \(code): \(role), A \(away(post.a, post.aPresent)), B \(away(post.b, post.bPresent))"
            )
        }
        if !duties.isEmpty { lines.append(question.word("  duties and appointments:", "  值班与预约：")) }
        for duty in duties {
            let kind = Duty.Kind(rawValue: duty.kind)?.title[question.language] ?? duty.kind
            let sealed = duty.seal ? question.word(", with the seal", "，携印") : ""
            let next = duty.next.map { question.word("; next \($0)", "；下次 \($0)") } ?? ""
            lines.append("    \(duty.duty): \(kind), \(duty.at), \(duty.hours)\(sealed)\(next)")
        }
        if !units.isEmpty {
            lines.append(question.word("  units: ", "  下属单位：") + units.joined(separator: question.word(", ", "、")))
        }
        return lines
    }
}
