import CaseFlow
import EventStore

/// Everything about an item in one of its versions.
struct CatalogueItemAnswer: Encodable {
    struct Material: Encodable {
        let name, trust: String
        /// How long it may follow later; nil: it has to be there.
        let mayFollow: String?
    }

    struct Stage: Encodable {
        let stage, kind, unit, role: String
        let limit: String?
        let after: [String]
        /// From 1: stages of one group run side by side. 0: it is never reached.
        let group: Int
    }

    struct Fee: Encodable { let yuan, basis: String }

    struct Version: Encodable {
        let version: Int
        let digest: String
        /// RFC 3339, UTC.
        let knownSince: String
        let enteredBy: String
    }

    let log, item, name: String
    let version: Int
    let digest, knownSince, enteredBy: String
    /// Why it was withdrawn; nil where it is in force.
    let withdrawn: String?
    let region, unit, department, group, power: String?
    let category, kind: String
    let statute, statuteBasis, promise, rulePack: String?
    let visits: Int
    let channels: [String]
    let fee: Fee?
    let conditions: [String]
    let materials: [Material]
    let stages: [Stage]
    let results: [String]
    let seal: String?
    let versions: [Version]

    init(log: String, _ version: CatalogueBook.Version, _ entry: CatalogueBook.Entry, _ language: Language) {
        let item = version.item
        self.log = log
        self.item = item.code.rawValue
        name = item.name[language]
        self.version = version.number
        digest = version.digest
        knownSince = version.knownSince.description
        enteredBy = version.enteredBy.rawValue
        withdrawn = entry.isWithdrawn ? entry.withdrawals.last?.reason : nil
        region = item.region?.rawValue
        unit = item.unit?.rawValue
        department = item.department?[language]
        group = item.group?[language]
        power = item.power?.rawValue
        category = item.category.rawValue
        kind = item.kind.rawValue
        statute = item.statute?.description
        statuteBasis = item.statuteBasis?[language]
        promise = item.promise?.description
        rulePack = item.rulePack?.rawValue
        visits = item.visits.rawValue
        channels = item.channels.map(\.rawValue)
        fee = item.fee.map { Fee(yuan: $0.yuan, basis: $0.basis[language]) }
        conditions = item.conditions.map { $0[language] }
        materials = item.materials.map {
            Material(name: $0.name[language], trust: $0.trust.rawValue, mayFollow: $0.mayFollow?.description)
        }
        let groups = item.stageGroups
        stages = item.stages.map { stage in
            Stage(
                stage: stage.name.rawValue,
                kind: stage.kind.rawValue,
                unit: stage.place.description,
                role: stage.role.rawValue,
                limit: stage.limit?.description,
                after: stage.after.map(\.rawValue),
                group: (groups.firstIndex { $0.contains(stage) } ?? -1) + 1
            )
        }
        results = item.results.map { $0[language] }
        seal = item.seal?.rawValue
        versions = entry.versions.map {
            Version(
                version: $0.number,
                digest: $0.digest,
                knownSince: $0.knownSince.description,
                enteredBy: $0.enteredBy.rawValue
            )
        }
    }

    /// A limit for people; a dash for none.
    static func words(_ limit: Limit?, _ language: Language) -> String {
        limit.map { $0.unit.words($0.amount, language) } ?? "-"
    }

    /// The same for people.
    func lines(_ item: ServiceItem, _ entry: CatalogueBook.Entry, _ language: Language) -> [String] {
        let isChinese = language == .chinese
        func word(_ english: String, _ chinese: String) -> String { isChinese ? chinese : english }
        func field(_ english: String, _ chinese: String, _ value: String?) -> String? {
            value.map { "  \(word(english, chinese))\(isChinese ? "：" : ": ")\($0)" }
        }
        let comma = word(", ", "、")
        var lines = [
            "\(self.item) \(name)",
            "  " + word("version \(version) of \(versions.count)", "第 \(version) 版，共 \(versions.count) 版")
                + word(", known since \(knownSince), entered by \(enteredBy)", "，\(knownSince) 起，\(enteredBy) 录入"),
            "  " + word("digest \(digest)", "摘要 \(digest)"),
        ]
        lines += [
            field("WITHDRAWN", "已取消", withdrawn),
            field("group", "分类", group),
            field("unit", "实施单位", [unit, department].compactMap(\.self).joined(separator: " ").nonEmpty),
            field("power", "事项类型", item.power?.title[language]),
            field("category", "办理类别", item.category.title[language]),
            field("kind", "办件类型", item.kind.title[language]),
            field(
                "statutory limit",
                "法定时限",
                Self.words(item.statute, language) + (statuteBasis.map { word(" (\($0))", "（\($0)）") } ?? "")
            ),
            field("promised limit", "承诺时限", Self.words(item.promise, language)),
            field("rules", "规则", rulePack),
            field("visits", "到场次数", visits == 0 ? word("none", "一次都不跑") : word("one at most", "最多跑一次")),
            field("channels", "受理渠道", item.channels.map { $0.title[language] }.joined(separator: comma)),
            field(
                "fee",
                "收费",
                fee.map { word("\($0.yuan) yuan (\($0.basis))", "\($0.yuan) 元（\($0.basis)）") } ?? word("none", "不收费")
            ),
            field("conditions", "办理条件", conditions.joined(separator: word("; ", "；")).nonEmpty),
        ].compactMap(\.self)
        if !item.materials.isEmpty { lines.append(word("  materials:", "  申请材料：")) }
        for (number, material) in item.materials.enumerated() {
            let follows = material.mayFollow.map { $0.unit.words($0.amount, language) }
            let when =
                follows.map { word("may follow within \($0)", "容缺，\($0)内补交") } ?? word("required", "必须提交")
            let trust = material.trust.title[language]
            lines.append(
                "    \(number + 1). \(material.name[language])\(word(" (\(trust), \(when))", "（\(trust)，\(when)）"))"
            )
        }
        if !item.stages.isEmpty { lines.append(word("  stages:", "  办理环节：")) }
        for (number, group) in item.stageGroups.enumerated() {
            for stage in group {
                let limit = Self.words(stage.limit, language)
                lines.append(
                    "    \(number + 1). \(stage.name): \(stage.kind.title[language]), \(stage.place.words(language)), "
                        + "\(stage.role.title[language]), \(limit)"
                )
            }
        }
        lines += [
            field("results", "办理结果", results.joined(separator: comma).nonEmpty),
            field("seal matter", "用印事项", seal),
        ].compactMap(\.self)
        return lines
    }
}

extension String {
    /// Nil for an empty text.
    fileprivate var nonEmpty: String? { isEmpty ? nil : self }
}
