import CaseFlow
import EventStore
import Foundation
import Testing
import WorkingTime

/// Networks as files: what cannot be read, what does not fit, and the towns that come with the project.
@Suite struct NetworkFileTests {
    private static let lines = [
        "network: small", "region: '123456100'", "from: 2026-01-01",  // 1...3
        "officers: [o-1, o-2, o-3, {officer: o-4, from: 2026-02-01}]",  // 4
        "units:",  // 5
        "  - {unit: '123456', name: {zh-CN: 县, en: County}, kind: county}",  // 6
        "  - unit: hall", "    name: 中心", "    kind: centre", "    parent: '123456'",  // 7...10
        "    posts:",  // 11
        "      - {post: director, role: director, a: o-1, b: o-2}",  // 12
        "      - {post: keeper, role: seal-keeper, a: {officer: o-4, from: 2026-02-01}, b: o-1}",  // 13
        "  - unit: v01", "    name: 村", "    kind: village-station", "    parent: hall",  // 14...17
        "    seal: village-certificate",  // 18
        "    posts: [{post: agent, role: agent, a: o-3, b: o-2}]",  // 19
        "    duties:",  // 20
        "      - {duty: market-day, at: hall, every: 3, first: 2026-01-03, hours: '09:00-16:00', seal: true}",  // 21
        "    appointments:",  // 22
        "      - {appointment: visit, at: hall, weekdays: [fri, mon], hours: '09:00-12:00', through: 2026-06-30}",
    ]

    private static func file(_ replacements: [Int: String] = [:], name: String = "x") -> NetworkFile {
        let text = lines.enumerated().map { replacements[$0.offset + 1] ?? $0.element }.joined(separator: "\n")
        return NetworkFile(yaml: text, file: name)
    }

    private static func findings(_ replacements: [Int: String], known: Network = Network()) -> [NetworkFile.Finding] {
        NetworkCheck(on: SmallTown.day("2026-03-01"), known: known).findings(in: [file(replacements)])
    }

    @Test func `a sound file has no findings, and says what it says`() throws {
        let file = Self.file()
        #expect(Self.findings([:]).map(\.description) == [])
        #expect(file.title?.rawValue == "small" && file.units.map(\.line) == [6, 7, 14])
        #expect(file.officers.map(\.entry.officer) == ["o-1", "o-2", "o-3", "o-4"])
        #expect(file.officers[3].entry.from == SmallTown.day("2026-02-01"))
        let village = file.units[2].entry
        #expect(village.profile.region?.rawValue == "123456100" && village.from == SmallTown.start)
        #expect(village.duties[0].duty == SmallTown.market)
        #expect(village.duties[1].duty.days == .weekdays([.monday, .friday]))
        #expect(village.duties[1].duty.kind == .appointment && village.duties[1].through == SmallTown.day("2026-06-30"))
        let network = NetworkFile.network(of: [file], on: SmallTown.day("2026-03-01"))
        #expect(network.on(SmallTown.day("2026-03-01")).posts(of: "hall") == [.director: 1, .sealKeeper: 1])
        let keeper = PostCode("hall", SmallTown.name("keeper"))
        #expect(network.holder(of: keeper, on: SmallTown.day("2026-01-31")) == nil)
        #expect(network.holder(of: keeper, on: SmallTown.day("2026-02-01")) == "o-4")
        #expect(NetworkFile.isNetwork(yaml: "units: []") && !NetworkFile.isNetwork(yaml: "network: [{unit: a1}]"))
    }

    static let unreadable: [(line: Int, text: String, told: String)] = [
        (1, "network: Small Town", "x:1: network: 'Small Town': a short name may hold only lower-case letters"),
        (
            1, "town: small",
            "x:1: town: the key 'town' is not known here; known are: network, region, from, officers, units"
        ),
        (3, "from: 2026-02-30", "x:3: from: 2026-02 has no day 30"),
        (4, "officers: [张三]", "x:4: officers[1]: '张三': an officer's code may hold only the letters"),
        (4, "officers: [{code: o-1}]", "the key 'code' is not known here; known are: officer, from"),
        (8, "    title: 中心", "units[2].title: the key 'title' is not known here"),
        (8, "", "units[2]: the key 'name' is missing"),
        (
            9, "    kind: castle",
            "units[2].kind: 'castle' is not known here; known are: county, centre, department"
        ),
        (10, "    parent: 县", "units[2].parent: '县': a unit's code may hold only"),
        (12, "      - {post: director, a: o-1}", "units[2].posts[1]: the key 'role' is missing"),
        (12, "      - {post: director, role: king, a: o-1}", "units[2].posts[1].role: 'king' is not known here"),
        (12, "      - {post: director, role: director, a: 王}", "units[2].posts[1].a: '王': an officer's code"),
        // Two A's.
        (
            12, "      - {post: director, role: director, a: [o-1, o-2]}",
            "units[2].posts[1].a: a text is wanted here"
        ),
        (
            13, "      - {post: k, role: agent, a: {officer: o-4, since: 2026-02-01}}",
            "the key 'since' is not known here; known are: officer, from"
        ),
        (
            21, "      - {duty: m, at: hall, every: 3, first: 2026-01-03, hours: '16:00-09:00'}",
            "units[3].duties[1].hours: \"16:00-09:00\" are no hours, write them as 09:00-12:00 14:00-17:00"
        ),
        (
            21, "      - {duty: m, at: hall, every: 3, first: 2026-01-03, hours: '9:00-16:00'}",
            "units[3].duties[1].hours: \"9:00-16:00\" are no hours"
        ),
        (
            21, "      - {duty: m, at: hall, every: 0, first: 2026-01-03, hours: '09:00-16:00'}",
            "'0' is not a whole number from 1"
        ),
        (
            21, "      - {duty: m, at: hall, every: 3, hours: '09:00-16:00'}",
            "units[3].duties[1]: the key 'first' is missing"
        ),
        (
            21, "      - {duty: m, at: hall, hours: '09:00-16:00'}",
            "give its days by one of: every (with first), weekdays, dates"
        ),
        (21, "      - {duty: m, at: hall, dates: [], hours: '09:00-16:00'}", "duties[1].dates: name one day at least"),
        (
            23, "      - {appointment: v, at: hall, weekdays: [day], hours: '09:00-12:00'}",
            "'day' is no weekday; write mon"
        ),
        (
            23,
            "      - {appointment: v, at: hall, weekdays: [mon], hours: '09:00-12:00', from: 2026-02-01, through: 2026-01-01}",
            "'through' is before 'from'"
        ),
        (23, "      - [", "this is no YAML"),
    ]

    @Test(arguments: unreadable)
    func `what cannot be read is told with its line`(line: Int, text: String, told: String) {
        let file = Self.file([line: text])
        let found = file.findings.filter { $0.description.contains(told) }
        #expect(found.count == 1, "\(file.findings)")
        #expect(found.first?.issue.rule == .unreadable && found.first?.isRemark == false)
        // What is missing is told where its mapping begins.
        let place = told.hasSuffix("the key 'name' is missing") ? 7 : line
        #expect(found.first?.line == place || told == "this is no YAML", "\(file.findings)")
        #expect(found.first?.description.contains("docs/guides/network.md") == true)
    }

    @Test(arguments: ["", "- a", "network: a", "\u{7}"])
    func `a text that is no network gives a finding and no units`(text: String) {
        let file = NetworkFile(yaml: text, file: "x")
        #expect(file.findings.count == 1 && file.units.isEmpty && file.officers.isEmpty, "\(file.findings)")
    }

    static let wrong: [(line: Int, text: String, rule: NetworkIssue.Rule, told: String)] = [
        (14, "  - unit: hall", .duplicate, "x:14: hall: hall stands at x:7, too; give each a code"),
        (4, "officers: [o-1, o-2, o-3, o-4, o-1]", .duplicate, "x:4: o-1: o-1 stands at x:4, too"),
        (
            13, "      - {post: director, role: director, a: o-4, b: o-2}", .duplicate,
            "x:13: hall: 'director' stands at x:12, too"
        ),
        (17, "    parent: hell", .unknownParent, "x:14: v01: it belongs to hell, which there is not; correct the code"),
        (
            17, "    parent: '123456'", .parentOfKind,
            "x:14: v01: it belongs to a county, and it is a village-station; its parent is a centre"
        ),
        (17, "", .parentOfKind, "x:14: v01: it belongs to no unit, and it is a village-station"),
        (10, "    parent: v01", .circle, "x:7: hall: units belong to each other in a circle: hall -> v01 -> hall"),
        (
            12, "      - {post: director, role: director, a: o-1, b: o-1}", .sameHolder,
            "x:12: hall: o-1 is A and B of 'director'; A and B are two persons"
        ),
        (
            12, "      - {post: director, role: director, a: o-9, b: o-2}", .unknownOfficer,
            "x:12: hall: o-9 holds 'director' and is not among the officers; list the code under 'officers'"
        ),
        (
            12, "      - {post: director, role: director, a: o-1, b: o-9}", .unknownOfficer,
            "x:12: hall: o-9 holds 'director' and is not"
        ),
        (
            19, "    posts: [{post: agent, role: agent, a: o-1, b: o-3}]", .twoPosts,
            "x:19: v01: o-1 is A of hall/director, too (x:12); one officer is A of one post"
        ),
        (
            21, "      - {duty: m, at: market, every: 3, first: 2026-01-03, hours: '09:00-16:00'}", .unknownPlace,
            "x:21: v01: 'm' is at market, which there is not"
        ),
        (18, "", .refused, "x:14: v01: 'market-day' is to have the seal there, and the unit has no seal of its own"),
        (
            21, "      - {duty: visit, at: hall, every: 3, first: 2026-01-03, hours: '09:00-16:00'}", .duplicate,
            "x:23: v01: 'visit' stands at x:21, too"
        ),
        (
            12, "      - {post: director, role: director, b: o-2}", .vacant,
            "x:12: hall: 'director' has no A: o-2 acts as B"
        ),
        (12, "      - {post: director, role: director}", .vacant, "x:12: hall: 'director' has no A: nobody acts there"),
        (12, "      - {post: director, role: director, a: o-1}", .noDeputy, "x:12: hall: 'director' has no B"),
        (4, "officers: [o-1, o-2, o-3, o-4, o-5]", .noPost, "x:4: o-5: o-5 holds no post"),
    ]

    @Test(arguments: wrong)
    func `what does not fit is told with its line and what to do`(
        line: Int,
        text: String,
        rule: NetworkIssue.Rule,
        told: String
    ) {
        let findings = Self.findings([line: text])
        let found = findings.filter { $0.issue.rule == rule && $0.description.hasPrefix(told) }
        #expect(found.count == 1, "\(findings)")
        #expect(found.first?.isRemark == [.vacant, .noDeputy, .noPost].contains(rule))
        #expect(found.allSatisfy { $0.words(.chinese) != $0.words(.english) })
    }

    @Test func `files are checked together, and against what a log holds`() throws {
        let check = NetworkCheck(on: SmallTown.day("2026-03-01"))
        let twice = check.findings(in: [Self.file(name: "a"), Self.file(name: "b")])
        #expect(twice.count { $0.issue.rule == .duplicate && $0.file == "b" } == 7, "\(twice)")
        let office = """
            units:
            - {unit: office, name: 所, kind: department, parent: hall, posts: [{post: r, role: reviewer, a: o-2, b: o-3}]}

            """
        let alone = NetworkFile(yaml: office, file: "c")
        #expect(Set(check.findings(in: [alone]).map(\.issue.rule)) == [.unknownParent, .unknownOfficer])
        #expect(check.findings(in: [Self.file(), alone]).isEmpty)
        let known = NetworkFile.network(of: [Self.file()], on: SmallTown.day("2026-03-01"))
        let fitting = NetworkCheck(on: SmallTown.day("2026-03-01"), known: known)
        #expect(fitting.findings(in: [alone]).isEmpty)
        #expect(fitting.findings(in: [Self.file()]).isEmpty)
        let second = NetworkFile(yaml: office.replacingOccurrences(of: "a: o-2", with: "a: o-1"), file: "c")
        let told = fitting.findings(in: [second]).map(\.description)
        #expect(told.count == 1 && told[0].contains("o-1 is A of hall/director, too (the log)"), "\(told)")
    }

    struct Town: Sendable, CustomTestStringConvertible {
        let name: String
        let villages, groups, windows, departments: Int
        var testDescription: String { name }
    }

    /// The departments are those of the township.
    static let towns = [
        Town(name: "guanyi", villages: 4, groups: 0, windows: 4, departments: 12),
        Town(name: "puan", villages: 38, groups: 224, windows: 18, departments: 11),
        Town(name: "langchenggang", villages: 4, groups: 0, windows: 11, departments: 14),
        Town(name: "jinjie", villages: 13, groups: 0, windows: 4, departments: 12),
    ]

    @Test(arguments: towns)
    func `the towns' networks have no findings, and are as reported`(town: Town) throws {
        let path = "examples/townships/\(town.name)/network.yaml"
        let file = NetworkFile(yaml: try String(contentsOf: repositoryFile(path), encoding: .utf8), file: path)
        let day = SmallTown.day("2026-11-22")
        #expect(NetworkCheck(on: day).findings(in: [file]).map(\.description) == [])
        let network = NetworkFile.network(of: [file], on: day)
        let open = network.open(on: day)
        func count(_ kind: UnitKind) -> Int { open.count { $0.kind == kind } }
        #expect(count(.villageStation) == town.villages && count(.collectionPoint) == town.groups)
        #expect(count(.window) == town.windows && count(.county) == 1)
        let hall = try #require(open.first { $0.kind == .centre }).code
        #expect(network.children(of: hall, on: day).count { $0.kind == .department } == town.departments)
        // Every post has its deputy; director, keeper, inspector and auditor are there.
        let seats = open.flatMap { network.seats(in: $0.code, on: day) }
        #expect(seats.allSatisfy { $0.a != nil && $0.b != nil })
        let roles = Set(seats.map(\.role))
        #expect(roles == Set(OfficerRole.allCases))
        #expect(network.whoMayAct(in: hall, as: .sealKeeper, on: day).count == 1)
        #expect(network.seats(in: hall, as: .window, on: day).count == town.windows)
    }

    @Test func `in Jinjie all 13 villages sit in the hall on the same market days, with their seals`() throws {
        let path = repositoryFile("examples/townships/jinjie/network.yaml")
        let file = NetworkFile(yaml: try String(contentsOf: path, encoding: .utf8), file: "jinjie")
        // 2025-01-01 and every third day: 2026-11-22 is 690 days later, a Sunday.
        let day = SmallTown.day("2026-11-22")
        let network = NetworkFile.network(of: [file], on: day)
        let hall: UnitCode = "451425102-hall"
        #expect(network.next(.duty, of: "451425102-v07", from: day)?.day == day)
        let after = SmallTown.day("2026-11-23")
        #expect(network.next(.duty, of: "451425102-v07", from: after)?.day == SmallTown.day("2026-11-25"))
        let sitting = network.sitting(at: hall, .duty, on: day)
        #expect(sitting.count == 13 && sitting.allSatisfy { $0.hasSeal && $0.duty.hours.description == "09:00-16:00" })
        #expect(network.sitting(at: hall, .duty, on: after).isEmpty)
        let county = network.next(.appointment, of: "451425-renshe", at: hall, from: day)
        #expect(county?.day == SmallTown.day("2026-11-24") && county?.duty.hours.description == "09:00-12:00")
    }
}
