import CaseFlow
import Foundation
import Testing
import TransparencyLog

@testable import EventStore

/// How the events of the catalogue stand in the log; the golden files are never changed.
@Suite struct ItemCodingTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let file: String
        let fact: ItemEvent.Fact
        var testDescription: String { file }
    }

    private static func golden() throws -> [Golden] {
        var full = try SmallCatalogue.item()
        full.department = LocalizedText([.chinese: "林业局"])
        full.group = LocalizedText("Farming", "农业")
        full.power = .licence
        full.statuteBasis = LocalizedText("Forest Law \"57\"", "森林法")
        full.conditions = [LocalizedText("clear title", "权属清楚")]
        full.fee = ServiceItem.Fee(fen: 8050, basis: LocalizedText("NDRC", "发改委"))
        let bare = ServiceItem(
            code: try ItemCode("1145072100811537184452004020000"),
            name: LocalizedText([.chinese: "政策咨询"]),
            category: .directService,
            kind: .promised
        )
        return [
            Golden(file: "catalogue.item-published-1", fact: .published(version: 1, full)),
            Golden(file: "catalogue.item-published-1-plain", fact: .published(version: 3, bare)),
            Golden(file: "catalogue.item-amended-1", fact: .amended(version: 2, full)),
            Golden(file: "catalogue.item-withdrawn-1", fact: .withdrawn(reason: "国务院取消")),
        ]
    }

    private static let directory = repositoryFile("Tests/CaseFlowTests/Golden")

    private static func recorded(_ type: String, _ data: some Sequence<UInt8>) -> RecordedEvent {
        RecordedEvent(
            position: 7,
            stream: StreamName(trusted: "catalogue/a"),
            version: 1,
            type: EventType(trusted: type),
            effectiveAt: .earliest,
            recordedAt: .earliest,
            actor: Actor(trusted: "officer/17"),
            data: Array(data),
            metadata: Array("{}".utf8),
            leaf: Digest.sha256([])
        )
    }

    @Test func `an event is written as its golden file says, and read from it`() throws {
        for golden in try Self.golden() {
            let event = ItemEvent(effectiveAt: .earliest, actor: Actor(trusted: "officer/17"), fact: golden.fact)
            let encoded = ItemEventCoding.encode(event, actor: event.actor)
            let written = "{\"type\":\"\(encoded.type)\",\"data\":\(String(decoding: encoded.data, as: UTF8.self))}\n"
            let path = Self.directory.appendingPathComponent("\(golden.file).json")
            let file = (try? String(contentsOf: path, encoding: .utf8)) ?? ""
            #expect(written == file, "\(golden.file)")
            #expect(try ItemEventCoding.decode(Self.recorded(encoded.type.rawValue, encoded.data)) == event)
            #expect(try JSONSerialization.jsonObject(with: Data(written.utf8)) is [String: Any])
        }
    }

    @Test func `every golden file of the catalogue belongs to a test`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        let own = files.filter { $0.hasPrefix("catalogue.") }
        #expect(own.sorted() == (try Self.golden()).map { "\($0.file).json" }.sorted())
    }

    @Test func `every item of the towns is the same after being stored`() throws {
        for town in CatalogueFileTests.towns.keys.sorted() {
            let path = repositoryFile("examples/townships/\(town)/catalogue.yaml")
            for entry in CatalogueFile(yaml: try String(contentsOf: path, encoding: .utf8), file: town).entries {
                let actor = Actor(trusted: "officer/17")
                let event = ItemEvent(effectiveAt: .earliest, actor: actor, fact: .published(version: 1, entry.item))
                let encoded = ItemEventCoding.encode(event, actor: actor)
                #expect(try ItemEventCoding.decode(Self.recorded(encoded.type.rawValue, encoded.data)) == event)
            }
        }
    }

    /// The golden item with one text replaced, and its digest mended where the replacement leaves an item.
    private static func stored(_ text: String, _ replacement: String) throws -> [UInt8] {
        let event = ItemEvent(effectiveAt: .earliest, actor: Actor(trusted: "a"), fact: try golden()[0].fact)
        let data = String(decoding: ItemEventCoding.encode(event, actor: event.actor).data, as: UTF8.self)
        #expect(data.contains(text))
        return Array(data.replacing(text, with: replacement).utf8)
    }

    @Test(arguments: [
        ("\"version\":1,", "", "it has no 'version'"), ("\"item\":{", "\"thing\":{", "it has no 'item'"),
        ("\"visits\":1,", "", "of its item: it has no 'visits'"),
        ("\"visits\":1,", "\"visits\":2,", "of its item: its 'visits' cannot be understood"),
        ("\"kind\":\"promised\"", "\"kind\":\"later\"", "of its item: its 'kind' cannot be understood"),
        (
            "\"promise\":\"10 working-days\"", "\"promise\":\"10 moons\"",
            "of its item: its 'promise' cannot be understood"
        ),
        ("\"trust\":\"copy\"", "\"trust\":\"blind\"", "of its item: its 'trust' cannot be understood"),
        ("\"unit\":\"@village\"", "\"unit\":\"@\"", "of its item: 'unit': a unit's code may hold only"),
        ("\"channels\":[\"window\"", "\"channels\":[\"pigeon\"", "of its item: its 'channels' cannot be understood"),
        ("\"fen\":8050", "\"fen\":0", "of its item: its 'fee' cannot be understood"),
        // Readable, and not what was digested.
        ("\"promise\":\"10 working-days\"", "\"promise\":\"11 working-days\"", "its digest is not that of its item"),
        ("\"digest\":\"", "\"digest\":\"A", "its digest is not that of its item"),
    ])
    func `what this program cannot read is an error that names it`(text: String, replacement: String, why: String)
        throws
    {
        let data = try Self.stored(text, replacement)
        let error = #expect(throws: UnreadableEvent.self) {
            try ItemEventCoding.decode(Self.recorded("catalogue.item-published/1", data))
        }
        let told = error?.description ?? ""
        #expect(told.hasPrefix("event 7 (catalogue.item-published/1) of catalogue/a cannot be read: \(why)"), "\(told)")
    }

    @Test(arguments: [
        ("catalogue.item-removed/1", "{}", "this program does not know its type"),
        ("catalogue.item-published/2", "{}", "this program does not know its type"),
        ("catalogue.item-withdrawn/1", "{}", "it has no 'reason'"),
        ("catalogue.item-withdrawn/1", "{", "the JSON is malformed at byte 1"),
    ])
    func `an unknown type or layout is an error`(type: String, data: String, why: String) {
        let error = #expect(throws: UnreadableEvent.self) { try ItemEventCoding.decode(Self.recorded(type, data.utf8)) }
        #expect(error?.description.hasSuffix(why) == true)
    }
}
