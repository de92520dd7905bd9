import EventStore

/// How an item stands in the log: JSON, members in a fixed order, what is not there left out. The digest is of these bytes,
/// so the form of what there is never changes.
enum ItemCoding {
    static func encode(_ item: ServiceItem) -> [UInt8] {
        var json = StoredJSONWriter()
        json.member("code", item.code.rawValue)
        json.member("name", json: text(item.name))
        json.member("region", item.region?.rawValue)
        json.member("unit", item.unit?.rawValue)
        if let department = item.department { json.member("department", json: text(department)) }
        if let group = item.group { json.member("group", json: text(group)) }
        json.member("power", item.power?.rawValue)
        json.member("category", item.category.rawValue)
        json.member("kind", item.kind.rawValue)
        json.member("statute", item.statute?.description)
        if let basis = item.statuteBasis { json.member("statuteBasis", json: text(basis)) }
        json.member("promise", item.promise?.description)
        json.member("rulePack", item.rulePack?.rawValue)
        json.member("materials", json: list(item.materials.map(material)))
        json.member("conditions", json: list(item.conditions.map(text)))
        if let fee = item.fee {
            var own = StoredJSONWriter()
            own.member("fen", fee.fen)
            own.member("basis", json: text(fee.basis))
            json.member("fee", json: own.finish())
        }
        json.member("visits", item.visits.rawValue)
        json.member("channels", json: list(item.channels.map { string($0.rawValue) }))
        json.member("stages", json: list(item.stages.map(stage)))
        json.member("results", json: list(item.results.map(text)))
        json.member("seal", item.seal?.rawValue)
        return json.finish()
    }

    private static func material(_ material: ServiceItem.Material) -> [UInt8] {
        var json = StoredJSONWriter()
        json.member("name", json: text(material.name))
        json.member("trust", material.trust.rawValue)
        json.member("mayFollow", material.mayFollow?.description)
        return json.finish()
    }

    private static func stage(_ stage: ServiceItem.Stage) -> [UInt8] {
        var json = StoredJSONWriter()
        json.member("stage", stage.name.rawValue)
        json.member("kind", stage.kind.rawValue)
        json.member("unit", stage.place.description)
        json.member("role", stage.role.rawValue)
        json.member("limit", stage.limit?.description)
        json.member("after", json: list(stage.after.map { string($0.rawValue) }))
        return json.finish()
    }

    private static func text(_ text: LocalizedText) -> [UInt8] {
        var json = StoredJSONWriter()
        for language in text.languages { json.member(named: language.rawValue, text[language]) }
        return json.finish()
    }

    private static func string(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        StoredJSONWriter.append(text, to: &bytes)
        return bytes
    }

    private static func list(_ elements: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "[")] + elements.joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    }
}

/// A member of a stored item that cannot be read.
struct UnreadableItem: Error, CustomStringConvertible {
    let description: String
}

/// Reads an item from its stored form.
struct StoredItemReader {
    private let json: StoredJSON

    init(_ json: StoredJSON) { self.json = json }

    func item() throws(UnreadableItem) -> ServiceItem {
        var item = ServiceItem(
            code: try code("code"),
            name: try localized(json["name"], "name"),
            category: try name("category"),
            kind: try name("kind")
        )
        item.region = try optional("region") { key throws(UnreadableItem) in try code(key) }
        item.unit = try optional("unit") { key throws(UnreadableItem) in try code(key) }
        item.department = try optional("department") { key throws(UnreadableItem) in try localized(json[key], key) }
        item.group = try optional("group") { key throws(UnreadableItem) in try localized(json[key], key) }
        item.power = try optional("power") { key throws(UnreadableItem) in try name(key) }
        item.statute = try optional("statute") { key throws(UnreadableItem) in try limit(key) }
        item.statuteBasis = try optional("statuteBasis") { key throws(UnreadableItem) in try localized(json[key], key) }
        item.promise = try optional("promise") { key throws(UnreadableItem) in try limit(key) }
        item.rulePack = try optional("rulePack") { key throws(UnreadableItem) in try code(key) }
        item.seal = try optional("seal") { key throws(UnreadableItem) in try code(key) }
        item.materials = try list("materials") { json throws(UnreadableItem) in
            let own = StoredItemReader(json)
            return ServiceItem.Material(
                try own.localized(json["name"], "name"),
                trust: try own.name("trust"),
                mayFollow: try own.optional("mayFollow") { key throws(UnreadableItem) in try own.limit(key) }
            )
        }
        item.conditions = try list("conditions") { json throws(UnreadableItem) in try localized(json, "conditions") }
        item.results = try list("results") { json throws(UnreadableItem) in try localized(json, "results") }
        item.fee = try optional("fee") { key throws(UnreadableItem) in
            guard let fen = json[key]?["fen"]?.int,
                let fee = ServiceItem.Fee(fen: fen, basis: try localized(json[key]?["basis"], "basis"))
            else { throw unreadable(key) }
            return fee
        }
        guard let visits = json["visits"]?.int.flatMap(ServiceItem.Visits.init) else { throw unreadable("visits") }
        item.visits = visits
        item.channels = try list("channels") { json throws(UnreadableItem) in
            guard let channel = json.string.flatMap(ServiceItem.Channel.init) else { throw unreadable("channels") }
            return channel
        }
        item.stages = try list("stages") { json throws(UnreadableItem) in try StoredItemReader(json).stage() }
        return item
    }

    private func stage() throws(UnreadableItem) -> ServiceItem.Stage {
        let place: ServiceItem.Place
        do throws(InvalidText) { place = try ServiceItem.Place(json["unit"]?.string ?? "") } catch {
            throw UnreadableItem(description: "'unit': \(error)")
        }
        return ServiceItem.Stage(
            try code("stage"),
            try name("kind"),
            at: place,
            by: try name("role"),
            limit: try optional("limit") { key throws(UnreadableItem) in try limit(key) },
            after: try list("after") { json throws(UnreadableItem) in
                guard let name = json.string.flatMap(ShortName.init(rawValue:)) else { throw unreadable("after") }
                return name
            }
        )
    }

    private func unreadable(_ key: String) -> UnreadableItem {
        UnreadableItem(description: json[key] == nil ? "it has no '\(key)'" : "its '\(key)' cannot be understood")
    }

    private func optional<Value>(_ key: String, _ read: (String) throws(UnreadableItem) -> Value)
        throws(UnreadableItem) -> Value?
    {
        json[key] == nil ? nil : try read(key)
    }

    private func code<Code: LogText>(_ key: String) throws(UnreadableItem) -> Code {
        guard let code = json[key]?.string.flatMap(Code.init(rawValue:)) else { throw unreadable(key) }
        return code
    }

    private func name<Names: RawRepresentable>(_ key: String) throws(UnreadableItem) -> Names
    where Names.RawValue == String {
        guard let name = json[key]?.string.flatMap(Names.init(rawValue:)) else { throw unreadable(key) }
        return name
    }

    private func limit(_ key: String) throws(UnreadableItem) -> Limit {
        guard let limit = json[key]?.string.flatMap({ Limit($0) }) else { throw unreadable(key) }
        return limit
    }

    private func localized(_ json: StoredJSON?, _ key: String) throws(UnreadableItem) -> LocalizedText {
        var texts: [Language: String] = [:]
        for language in Language.allCases { texts[language] = json?[language.rawValue]?.string }
        if texts.isEmpty { throw unreadable(key) }
        return LocalizedText(texts)
    }

    private func list<Element>(_ key: String, _ read: (StoredJSON) throws(UnreadableItem) -> Element)
        throws(UnreadableItem) -> [Element]
    {
        guard let elements = json[key]?.array else { throw unreadable(key) }
        var values: [Element] = []
        for element in elements { values.append(try read(element)) }
        return values
    }
}
