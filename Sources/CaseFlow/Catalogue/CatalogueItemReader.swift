import EventStore

/// Reads one item of a catalogue's file.
struct CatalogueItemReader {
    /// What the file says for all of its items.
    struct Defaults {
        var region: RegionCode?
        var rulePack: ShortName?
    }

    private static let keys = [
        "item", "name", "category", "kind", "region", "unit", "department", "group", "power", "statute",
        "statute-basis",
        "promise", "rule-pack", "materials", "conditions", "fee", "visits", "channels", "stages", "results", "seal",
    ]

    private var fields: YAMLFields
    private let value: YAMLValue
    private let defaults: Defaults
    private var lines: [ItemIssue.Part: Int] = [:]
    /// The code, where it could be read.
    private(set) var code: ItemCode?

    /// What was wrong.
    var problems: [YAMLProblem] { fields.problems }

    init(_ value: YAMLValue, _ defaults: Defaults) {
        (self.value, self.defaults) = (value, defaults)
        fields = YAMLFields(value, Self.keys)
    }

    /// The item; nil where something was wrong with it.
    mutating func entry() -> CatalogueFile.Entry? {
        code = fields.need("item") { value throws(YAMLProblem) in try value.code(ItemCode.self) }
        let name = fields.need("name") { value throws(YAMLProblem) in try value.localized() }
        let category = fields.need("category") { value throws(YAMLProblem) in
            try value.name(ServiceItem.Category.self)
        }
        let kind = fields.need("kind") { value throws(YAMLProblem) in try value.name(ServiceItem.Kind.self) }
        // All else is read in any case, so that all that is wrong is told.
        var item = ServiceItem(
            code: code ?? ItemCode(trusted: "unknown"),
            name: name ?? LocalizedText("-", "-"),
            category: category ?? .directService,
            kind: kind ?? .promised
        )
        identity(&item)
        limits(&item)
        access(&item)
        texts(&item)
        item.materials = materials()
        item.stages = stages()
        guard problems.isEmpty else { return nil }
        for (part, key) in Self.parts { lines[part] = fields.line(key) }
        return CatalogueFile.Entry(item: item, line: fields.line("item") ?? value.line ?? 1, lines: lines)
    }

    private static let parts: [(ItemIssue.Part, String)] = [
        (.code, "item"), (.name, "name"), (.unit, "unit"), (.category, "category"), (.statute, "statute"),
        (.promise, "promise"), (.rulePack, "rule-pack"), (.visits, "visits"), (.channels, "channels"),
        (.stages, "stages"),
    ]

    private mutating func identity(_ item: inout ServiceItem) {
        item.region =
            fields.take("region") { value throws(YAMLProblem) in try value.code(RegionCode.self) } ?? defaults.region
        item.unit = fields.take("unit") { value throws(YAMLProblem) in try value.code(UnitCode.self) }
        item.department = fields.take("department") { value throws(YAMLProblem) in try value.localized() }
        item.group = fields.take("group") { value throws(YAMLProblem) in try value.localized() }
        item.power = fields.take("power") { value throws(YAMLProblem) in try value.name(ServiceItem.Power.self) }
        item.seal = fields.take("seal") { value throws(YAMLProblem) in try value.code(ShortName.self) }
    }

    private mutating func limits(_ item: inout ServiceItem) {
        item.statute = fields.take("statute") { value throws(YAMLProblem) in try value.limitOrNone() } ?? nil
        item.statuteBasis = fields.take("statute-basis") { value throws(YAMLProblem) in try value.localized() }
        item.promise = fields.take("promise") { value throws(YAMLProblem) in try value.limitOrNone() } ?? nil
        let pack = fields.take("rule-pack") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        item.rulePack = pack ?? defaults.rulePack
    }

    private mutating func access(_ item: inout ServiceItem) {
        let visits = fields.take("visits") { value throws(YAMLProblem) in
            ServiceItem.Visits(rawValue: try value.whole(0...1))
        }
        item.visits = visits.flatMap(\.self) ?? .one
        guard let written = fields.take("channels", { value throws(YAMLProblem) in try value.list() }) else { return }
        var channels: Set<ServiceItem.Channel> = []
        for value in written {
            fields.attempt { () throws(YAMLProblem) in
                guard channels.insert(try value.name(ServiceItem.Channel.self)).inserted else {
                    throw value.problem("it occurs twice")
                }
            }
        }
        item.channels = ServiceItem.Channel.allCases.filter(channels.contains)
    }

    private mutating func texts(_ item: inout ServiceItem) {
        item.conditions = list("conditions") { value throws(YAMLProblem) in try value.localized() }
        item.results = list("results") { value throws(YAMLProblem) in try value.localized() }
        item.fee =
            fields.take("fee") { value throws(YAMLProblem) in
                if !value.isMapping {
                    if try value.text() == "none" { return nil }
                    throw value.problem("write none, or {yuan: 5.00, basis: {zh-CN: …, en: …}}")
                }
                let keys = try value.mapping([], needs: ["yuan", "basis"])
                guard let yuan = keys["yuan"], let basis = keys["basis"] else { return nil }
                let written = try yuan.text()
                guard let fen = ServiceItem.Fee.fen(yuan: written),
                    let fee = ServiceItem.Fee(fen: fen, basis: try basis.localized())
                else { throw yuan.problem("'\(written)' is no amount in yuan; write 5 or 5.50, 1,000,000 at most") }
                return fee
            } ?? nil
    }

    private mutating func list<Element>(
        _ key: String,
        _ read: (YAMLValue) throws(YAMLProblem) -> Element
    ) -> [Element] {
        let values = fields.take(key) { value throws(YAMLProblem) in try value.list() } ?? []
        var elements: [Element] = []
        for value in values {
            if let element = fields.attempt({ () throws(YAMLProblem) in try read(value) }) { elements.append(element) }
        }
        return elements
    }

    private mutating func materials() -> [ServiceItem.Material] {
        let values = fields.take("materials") { value throws(YAMLProblem) in try value.list() } ?? []
        var materials: [ServiceItem.Material] = []
        for value in values {
            var own = YAMLFields(value, ["material", "trust", "may-follow"])
            let name = own.need("material") { value throws(YAMLProblem) in try value.localized() }
            let trust = own.need("trust") { value throws(YAMLProblem) in try value.name(ServiceItem.Trust.self) }
            let limit = own.take("may-follow") { value throws(YAMLProblem) in try value.limit() }
            fields.problems += own.problems
            guard let name, let trust else { continue }
            lines[.material(materials.count)] = own.line("may-follow") ?? value.line
            materials.append(ServiceItem.Material(name, trust: trust, mayFollow: limit))
        }
        return materials
    }

    /// Entries stand one behind another; those under `parallel` stand side by side. `after` says something else.
    private mutating func stages() -> [ServiceItem.Stage] {
        var stages: [ServiceItem.Stage] = []
        var before: [ShortName] = []
        for value in fields.take("stages", { value throws(YAMLProblem) in try value.list() }) ?? [] {
            var group = [value]
            if value.isMapping, let members = try? value.members(), members.contains(where: { $0.key == "parallel" }) {
                var own = YAMLFields(value, ["parallel"])
                group = own.need("parallel") { value throws(YAMLProblem) in try value.list() } ?? []
                fields.problems += own.problems
            }
            let read = group.compactMap { member in
                stage(member, after: before).map { (stage: $0, line: member.line) }
            }
            for (stage, line) in read {
                lines[.stage(stages.count)] = line
                stages.append(stage)
            }
            if !read.isEmpty { before = read.map(\.stage.name) }
        }
        return stages
    }

    private mutating func stage(_ value: YAMLValue, after before: [ShortName]) -> ServiceItem.Stage? {
        var own = YAMLFields(value, ["stage", "kind", "unit", "role", "limit", "after"])
        defer { fields.problems += own.problems }
        let name = own.need("stage") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        let kind = own.need("kind") { value throws(YAMLProblem) in try value.name(ServiceItem.StageKind.self) }
        let place = own.need("unit") { value throws(YAMLProblem) in
            let written = try value.text()
            do throws(InvalidText) { return try ServiceItem.Place(written) } catch {
                throw value.problem("'\(written)': \(error)")
            }
        }
        let role = own.need("role") { value throws(YAMLProblem) in try value.name(OfficerRole.self) }
        let limit = own.take("limit") { value throws(YAMLProblem) in try value.limit() }
        var after: [ShortName] = []
        for value in own.take("after", { value throws(YAMLProblem) in try value.list() }) ?? [] {
            let name = own.attempt { () throws(YAMLProblem) in try value.code(ShortName.self) }
            if let name, !after.contains(name) { after.append(name) }
        }
        guard let name, let kind, let place, let role else { return nil }
        return ServiceItem.Stage(
            name,
            kind,
            at: place,
            by: role,
            limit: limit,
            after: own.has("after") ? after : before
        )
    }
}
