import EventStore
import WorkingTime

/// Reads the members of a stored event of the network; what cannot be understood is named.
struct StoredMembers {
    private let recorded: RecordedEvent
    private let json: StoredJSON

    init(_ recorded: RecordedEvent) throws {
        self.recorded = recorded
        do { json = try StoredJSON(recorded.data) } catch { throw UnreadableEvent(recorded, "\(error)") }
    }

    private init(_ recorded: RecordedEvent, _ json: StoredJSON) { (self.recorded, self.json) = (recorded, json) }

    /// The members of an object within.
    func object(_ key: String) throws -> StoredMembers {
        guard let inner = json[key], case .object = inner else { throw unreadable(key) }
        return StoredMembers(recorded, inner)
    }

    /// Whether a member is there.
    func has(_ key: String) -> Bool { json[key] != nil }

    func unreadable(_ key: String) -> UnreadableEvent {
        UnreadableEvent(recorded, json[key] == nil ? "it has no '\(key)'" : "its '\(key)' cannot be understood")
    }

    private func value<Value>(_ key: String, _ value: Value?) throws -> Value {
        guard let value else { throw unreadable(key) }
        return value
    }

    func text(_ key: String) throws -> String { try value(key, json[key]?.string) }

    func int(_ key: String) throws -> Int { try value(key, json[key]?.int) }

    func flag(_ key: String) throws -> Bool {
        guard case .bool(let flag) = json[key] else { throw unreadable(key) }
        return flag
    }

    func day(_ key: String) throws -> CivilDate { try value(key, json[key]?.string.flatMap { try? CivilDate($0) }) }

    func code<Code: LogText>(_ key: String) throws -> Code {
        try value(key, json[key]?.string.flatMap(Code.init(rawValue:)))
    }

    func codeIfAny<Code: LogText>(_ key: String) throws -> Code? { has(key) ? try code(key) : nil }

    func name<Names: RawRepresentable>(_ key: String) throws -> Names where Names.RawValue == String {
        try value(key, json[key]?.string.flatMap(Names.init(rawValue:)))
    }

    func localized(_ key: String) throws -> LocalizedText {
        var texts: [Language: String] = [:]
        for language in Language.allCases { texts[language] = json[key]?[language.rawValue]?.string }
        if texts.isEmpty { throw unreadable(key) }
        return LocalizedText(texts)
    }

    func strings(_ key: String) throws -> [String] {
        let elements = try value(key, json[key]?.array)
        return try elements.map { try value(key, $0.string) }
    }
}
