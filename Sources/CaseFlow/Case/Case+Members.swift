import EventStore
import WorkingTime

extension Case.Coding {
    /// Reads members of an event or of a document, or says which is not as it should be.
    struct Members {
        let json: StoredJSON
        /// What is thrown for what cannot be read.
        let problem: @Sendable (String) -> any Error

        init(json: StoredJSON, problem: @escaping @Sendable (String) -> any Error) {
            (self.json, self.problem) = (json, problem)
        }

        init(recorded: RecordedEvent, json: StoredJSON) {
            self.init(json: json) { UnreadableEvent(recorded, $0) }
        }

        private func missing(_ key: String, _ what: String) -> any Error { problem("'\(key)' is no \(what)") }

        func object(_ key: String) throws -> Members? {
            guard let inner = json[key] else { return nil }
            guard case .object = inner else { throw missing(key, "object") }
            return Members(json: inner, problem: problem)
        }

        func text(_ key: String) throws -> String {
            guard let text = json[key]?.string else { throw missing(key, "text") }
            return text
        }

        func optionalText(_ key: String) throws -> String? { json[key] == nil ? nil : try text(key) }

        func whole(_ key: String) throws -> Int {
            guard let number = json[key]?.int else { throw missing(key, "whole number") }
            return number
        }

        func flag(_ key: String) throws -> Bool {
            guard case .bool(let flag)? = json[key] else { throw missing(key, "true or false") }
            return flag
        }

        func list(_ key: String) throws -> [String] {
            guard let list = json[key]?.array else { throw missing(key, "list") }
            return try list.map { element in
                guard let text = element.string else { throw missing(key, "list of texts") }
                return text
            }
        }

        func day(_ key: String) throws -> CivilDate {
            guard let day = try? CivilDate(try text(key)) else { throw missing(key, "day") }
            return day
        }

        func limit(_ key: String) throws -> Limit? {
            if json[key] == nil { return nil }
            return try wantedLimit(key)
        }

        func wantedLimit(_ key: String) throws -> Limit {
            guard let limit = Limit(try text(key)) else { throw missing(key, "limit") }
            return limit
        }

        func name<Names: RawRepresentable>(_ key: String) throws -> Names where Names.RawValue == String {
            guard let name = Names(rawValue: try text(key)) else { throw missing(key, "known name") }
            return name
        }

        func code<Code: LogText>(_ key: String) throws -> Code {
            guard let code = Code(rawValue: try text(key)) else { throw missing(key, Code.kind) }
            return code
        }

        func post(_ key: String) throws -> PostCode {
            guard let code = PostCode(try text(key)) else { throw missing(key, "post's code") }
            return code
        }

        /// With whom a stage lies; nil for stages that no catalogue describes.
        func seat() throws -> Case.StageSeat? {
            if json["unit"] == nil { return nil }
            return Case.StageSeat(kind: try name("kind"), unit: try code("unit"), role: try name("role"))
        }

        func optionalCode<Code: LogText>(_ key: String) throws -> Code? {
            json[key] == nil ? nil : try code(key)
        }
    }
}
