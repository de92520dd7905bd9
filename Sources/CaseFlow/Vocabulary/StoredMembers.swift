import EventStore
import WorkingTime

/// Reads the members of an event or of a document; what cannot be understood is named.
struct StoredMembers {
    let json: StoredJSON
    /// What is thrown for what cannot be read.
    let problem: @Sendable (String) -> any Error

    init(json: StoredJSON, problem: @escaping @Sendable (String) -> any Error) {
        (self.json, self.problem) = (json, problem)
    }

    /// The members of an event whose data was read.
    init(_ recorded: RecordedEvent, _ json: StoredJSON) {
        self.init(json: json) { UnreadableEvent(recorded, $0) }
    }

    /// The members of an event. Errors: `UnreadableEvent`.
    init(_ recorded: RecordedEvent) throws {
        let json: StoredJSON
        do { json = try StoredJSON(recorded.data) } catch { throw UnreadableEvent(recorded, "\(error)") }
        self.init(recorded, json)
    }

    /// Whether a member is there.
    func has(_ key: String) -> Bool { json[key] != nil }

    func unreadable(_ key: String, _ what: String? = nil) -> any Error {
        if !has(key) { return problem("it has no '\(key)'") }
        return problem("its '\(key)' cannot be understood" + (what.map { ": it is no \($0)" } ?? ""))
    }

    private func value<Value>(_ key: String, _ value: Value?, _ what: String) throws -> Value {
        guard let value else { throw unreadable(key, what) }
        return value
    }

    /// The members of an object within.
    func object(_ key: String) throws -> StoredMembers {
        guard let inner = json[key], case .object = inner else { throw unreadable(key, "object") }
        return StoredMembers(json: inner, problem: problem)
    }

    func objectIfAny(_ key: String) throws -> StoredMembers? { has(key) ? try object(key) : nil }

    func text(_ key: String) throws -> String { try value(key, json[key]?.string, "text") }

    func textIfAny(_ key: String) throws -> String? { has(key) ? try text(key) : nil }

    func int(_ key: String) throws -> Int { try value(key, json[key]?.int, "whole number") }

    func flag(_ key: String) throws -> Bool {
        guard case .bool(let flag)? = json[key] else { throw unreadable(key, "true or false") }
        return flag
    }

    func strings(_ key: String) throws -> [String] {
        try value(key, json[key]?.array, "list").map { try value(key, $0.string, "list of texts") }
    }

    func day(_ key: String) throws -> CivilDate {
        try value(key, json[key]?.string.flatMap { try? CivilDate($0) }, "day")
    }

    func limit(_ key: String) throws -> Limit { try value(key, json[key]?.string.flatMap { Limit($0) }, "limit") }

    func limitIfAny(_ key: String) throws -> Limit? { has(key) ? try limit(key) : nil }

    func name<Names: RawRepresentable>(_ key: String) throws -> Names where Names.RawValue == String {
        try value(key, json[key]?.string.flatMap(Names.init(rawValue:)), "known name")
    }

    func code<Code: LogText>(_ key: String) throws -> Code {
        try value(key, json[key]?.string.flatMap(Code.init(rawValue:)), Code.kind)
    }

    func codeIfAny<Code: LogText>(_ key: String) throws -> Code? { has(key) ? try code(key) : nil }

    func post(_ key: String) throws -> PostCode {
        try value(key, json[key]?.string.flatMap(PostCode.init), "post's code")
    }

    func localized(_ key: String) throws -> LocalizedText {
        var texts: [Language: String] = [:]
        for language in Language.allCases { texts[language] = json[key]?[language.rawValue]?.string }
        if texts.isEmpty { throw unreadable(key) }
        return LocalizedText(texts)
    }
}
