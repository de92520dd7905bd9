import CaseFlow
import Foundation
import Support
import Testing

/// Facts as documents: the members of their events, no others.
@Suite("Facts as documents")
struct FactDocumentTests {
    /// The data of every golden event that an officer can record, without what the command says.
    private static func goldens() throws -> [(name: String, members: [String: Any])] {
        let folder = repositoryFile("Tests/CaseFlowTests/Golden")
        return try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil).sorted {
            $0.path < $1.path
        }.compactMap { file in
            let name = file.lastPathComponent.dropFirst("case.".count).prefix { !$0.isNumber }.dropLast()
            guard file.lastPathComponent.hasPrefix("case."), FactDocument.names.contains(String(name)) else {
                return nil
            }
            let event = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
            var members = event["data"] as? [String: Any] ?? event
            // An imported event says more; nobody records such a one by a document.
            if members["source"] != nil { return nil }
            for said in ["at", "acting"] { members[said] = nil }
            return (String(name), members)
        }
    }

    @Test func `every event that is recorded by hand can be said as a document, and nothing beside it`() throws {
        let goldens = try Self.goldens()
        #expect(Set(goldens.map(\.name)).count == FactDocument.names.count)
        for (name, members) in goldens {
            var document = members
            document["fact"] = name
            let fact = try FactDocument([UInt8](JSONSerialization.data(withJSONObject: document))).fact
            #expect(fact.name == name)
            document["nonsense"] = 1
            let wrong = try [UInt8](JSONSerialization.data(withJSONObject: document))
            let problem = #expect(throws: FactDocument.Problem.self) { try FactDocument(wrong) }
            #expect(problem?.description.contains("'\(name)' has no member 'nonsense'") == true)
            // What may be said is told.
            for member in members.keys { #expect(problem?.description.contains(member) == true, "\(name): \(member)") }
        }
    }

    @Test func `a member that stands twice is refused, also within another`() {
        for text in [
            #"{"fact": "withdrawn", "fact": "withdrawn"}"#,
            #"{"fact": "corrected-on-spot", "what": "a", "what": "b"}"#,
            #"{"fact": "corrected-on-spot", "what": {"a": 1, "a": 2}}"#,
        ] {
            let problem = #expect(throws: FactDocument.Problem.self) { try FactDocument(Array(text.utf8)) }
            #expect(problem?.description.contains("stands there twice") == true)
        }
    }

    @Test func `what the procedure finds out need not be said`() throws {
        let back = #"{"fact": "returned", "from": "decision", "to": "papers", "reason": "a page is missing"}"#
        #expect(
            try FactDocument(Array(back.utf8)).fact
                == .returned(from: "decision", to: "papers", reason: "a page is missing", undone: [])
        )
        let seal = #"{"fact": "sealed", "matter": "approval", "document": "x"}"#
        #expect(try FactDocument(Array(seal.utf8)).fact.name == "sealed")
    }
}
