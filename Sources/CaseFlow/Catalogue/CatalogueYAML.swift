import EventStore

extension CatalogueFile {
    /// Reads a catalogue, or a network alone, from YAML. What cannot be read is among the ``findings``: all of it, as far
    /// as it can be told apart. Never throws: a text that is no YAML gives one finding and no items.
    public init(yaml text: String, file: String) {
        self.init(name: file)
        do throws(YAMLProblem) {
            read(try YAMLValue(text, file: file))
        } catch {
            take(error, of: nil)
        }
    }

    private mutating func take(_ problem: YAMLProblem, of item: ItemCode?) {
        findings.append(Finding(file: name, line: problem.line, item: item, issue: .unreadable(problem.what)))
    }

    private mutating func read(_ root: YAMLValue) {
        var fields = YAMLFields(root, ["catalogue", "region", "rule-pack", "network", "items"])
        title = fields.take("catalogue") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        var defaults = CatalogueItemReader.Defaults()
        defaults.region = fields.take("region") { value throws(YAMLProblem) in try value.code(RegionCode.self) }
        defaults.rulePack = fields.take("rule-pack") { value throws(YAMLProblem) in try value.code(ShortName.self) }
        if let units = fields.take("network", { value throws(YAMLProblem) in try value.list() }) {
            network = NetworkOutline(units.compactMap { read(unit: $0, &fields) })
        }
        let items = fields.take("items") { value throws(YAMLProblem) in try value.list() }
        if items == nil, network == nil, fields.problems.isEmpty {
            fields.problems.append(root.problem("there are neither 'items' nor a 'network'"))
        }
        for problem in fields.problems { take(problem, of: nil) }
        for value in items ?? [] {
            var reader = CatalogueItemReader(value, defaults)
            let entry = reader.entry()
            for problem in reader.problems { take(problem, of: entry?.item.code ?? reader.code) }
            if let entry { entries.append(entry) }
        }
    }

    private func read(unit value: YAMLValue, _ all: inout YAMLFields) -> NetworkOutline.Unit? {
        var fields = YAMLFields(value, ["unit", "name", "village", "posts"])
        let code = fields.need("unit") { value throws(YAMLProblem) in try value.code(UnitCode.self) }
        let name = fields.take("name") { value throws(YAMLProblem) in try value.localized() }
        let isVillage = fields.take("village") { value throws(YAMLProblem) in try value.flag() } ?? false
        var posts: [OfficerRole: Int] = [:]
        let counts = fields.take("posts") { value throws(YAMLProblem) in try value.members() } ?? []
        for (key, count) in counts {
            fields.attempt { () throws(YAMLProblem) in
                guard let role = OfficerRole(rawValue: key) else {
                    let known = OfficerRole.allCases.map(\.rawValue).joined(separator: ", ")
                    throw count.problem("'\(key)' is no role; known are: \(known)")
                }
                posts[role] = try count.whole(0...1000)
            }
        }
        all.problems += fields.problems
        return code.map { NetworkOutline.Unit($0, name: name, isVillage: isVillage, posts: posts) }
    }
}

/// The members of a mapping, read one by one: what is wrong with one does not hide what is wrong with the next.
struct YAMLFields {
    private let value: YAMLValue
    private var members: [String: YAMLValue] = [:]
    /// What was wrong, in the order of reading.
    var problems: [YAMLProblem] = []

    /// Unknown keys are problems.
    init(_ value: YAMLValue, _ known: [String]) {
        self.value = value
        do throws(YAMLProblem) {
            for (key, member) in try value.members() {
                if known.contains(key) {
                    members[key] = member
                } else {
                    let known = known.joined(separator: ", ")
                    problems.append(member.problem("the key '\(key)' is not known here; known are: \(known)"))
                }
            }
        } catch {
            problems.append(error)
        }
    }

    /// Does it; a problem is kept.
    @discardableResult
    mutating func attempt<Result>(_ read: () throws(YAMLProblem) -> Result) -> Result? {
        do throws(YAMLProblem) {
            return try read()
        } catch {
            problems.append(error)
            return nil
        }
    }

    /// Reads a member; nil where it is not there, or is wrong, which is kept.
    mutating func take<Result>(_ key: String, _ read: (YAMLValue) throws(YAMLProblem) -> Result) -> Result? {
        guard let member = members[key] else { return nil }
        return attempt { () throws(YAMLProblem) in try read(member) }
    }

    /// Reads a member that has to be there.
    mutating func need<Result>(_ key: String, _ read: (YAMLValue) throws(YAMLProblem) -> Result) -> Result? {
        if members[key] == nil, value.isMapping { problems.append(value.problem("the key '\(key)' is missing")) }
        return take(key, read)
    }

    /// Whether a member is there.
    func has(_ key: String) -> Bool { members[key] != nil }

    /// The line of a member's key.
    func line(_ key: String) -> Int? { value.line(ofKey: key) }
}

extension YAMLValue {
    /// A checked text.
    func code<Code: LogText>(_: Code.Type) throws(YAMLProblem) -> Code {
        let written = try text()
        do throws(InvalidText) { return try Code(written) } catch { throw problem("'\(written)': \(error)") }
    }

    /// A text in one language at least. A text without a language is Chinese.
    func localized() throws(YAMLProblem) -> LocalizedText {
        guard isMapping else { return LocalizedText([.chinese: try text()]) }
        var texts: [Language: String] = [:]
        for (key, text) in try mapping(Language.allCases.map(\.rawValue)) {
            if let language = Language(rawValue: key) { texts[language] = try text.text() }
        }
        if texts.isEmpty { throw problem("give the text in one language at least, as {zh-CN: …, en: …}") }
        return LocalizedText(texts)
    }

    /// A length of time.
    func limit() throws(YAMLProblem) -> Limit {
        let written = try text()
        guard let limit = Limit(written) else {
            let units = Limit.Unit.allCases.map(\.rawValue).joined(separator: ", ")
            throw problem("'\(written)' is no limit; write a whole number up to \(Limit.maximum) and one of \(units)")
        }
        return limit
    }

    /// A length of time, or `none`.
    func limitOrNone() throws(YAMLProblem) -> Limit? { try text() == "none" ? nil : try limit() }
}
