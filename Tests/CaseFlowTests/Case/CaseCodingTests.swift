import CaseFlow
import Foundation
import Testing
import TransparencyLog

@testable import EventStore

/// How the events of a case stand in the log. The golden files are what released programs have written: they are
/// never changed; a new layout is a new version with a file of its own.
@Suite struct CaseCodingTests {
    struct Golden: Sendable, CustomTestStringConvertible {
        let file: String
        let type: EventType
        let fact: Case.Fact
        var by: Standing?
        var source: Case.Source?
        var testDescription: String { file }
    }

    static func time(_ seconds: Int64) -> ZonedTime {
        guard let time = ZonedTime(microsecondsSinceEpoch: seconds * 1_000_000, offsetSeconds: 28_800) else {
            preconditionFailure("a constant of the test")
        }
        return time
    }

    private static let number = CaseNumber(trusted: "410122103-2026-000001")
    private static let nested = [
        XESAttribute(.string, key: "channel", value: "窗口 \"3\"\\\n"),
        XESAttribute(
            .int,
            key: "cost:total",
            value: "120",
            children: [.init(.string, key: "cost:currency", value: "CNY")]
        ),
        XESAttribute(
            .list,
            key: "materials",
            children: [.init(.id, key: "a", value: "b"), .init(.boolean, key: "c", value: "true")]
        ),
        XESAttribute(.date, key: "when", value: "2026-02-10T09:05:00+08:00"),
        XESAttribute(.float, key: "", value: "1e3"),
        XESAttribute(.container, key: "empty"),
    ]

    private static let golden: [Golden] =
        [
            Golden(
                file: "case.received-1",
                type: "case.received/1",
                fact: .received(number: number, at: time(1_770_685_500), attributes: nested)
            ),
            Golden(
                file: "case.received-1-plain",
                type: "case.received/1",
                fact: .received(number: number, at: time(1_770_685_500), attributes: [])
            ),
            Golden(
                file: "case.step-recorded-1",
                type: "case.step-recorded/1",
                fact: .stepRecorded(
                    Case.Step(
                        activity: "初审 review",
                        performer: "officer/7",
                        lifecycle: "complete",
                        offsetSeconds: -16_200,
                        attributes: [XESAttribute(.string, key: "result", value: "pass\u{1}\t😀")]
                    )
                )
            ),
            Golden(
                file: "case.step-recorded-1-plain",
                type: "case.step-recorded/1",
                fact: .stepRecorded(Case.Step(activity: "review"))
            ),
            Golden(file: "case.deadline-set-1", type: "case.deadline-set/1", fact: .deadlineSet(time(1_772_000_000))),
            Golden(file: "case.closed-1", type: "case.closed/1", fact: .closed(at: time(1_771_000_000))),
            Golden(
                file: "case.reopened-1",
                type: "case.reopened/1",
                fact: .reopened(at: time(1_771_100_000), reason: "新证据: new evidence")
            ),
        ] + procedure + serviceFacts + imported + cards

    /// Facts that a mapping has made of another system's events: the same types, with what the source said.
    private static var imported: [Golden] {
        let step = Case.Step(
            activity: "Declaration REJECTED by 主管",
            performer: "STAFF MEMBER",
            lifecycle: "complete",
            offsetSeconds: 3600,
            attributes: [XESAttribute(.string, key: "org:role", value: "SUPERVISOR")]
        )
        return [
            Golden(
                file: "case.received-1-source",
                type: "case.received/1",
                fact: .received(number: number, at: time(1_770_685_500), attributes: []),
                source: .step(Case.Step(activity: "submit"))
            ),
            Golden(
                file: "case.withdrawn-1-source",
                type: "case.withdrawn/1",
                fact: .procedure(.withdrawn, at: time(1_770_685_500)),
                source: .step(step)
            ),
            Golden(
                file: "case.closed-1-source",
                type: "case.closed/1",
                fact: .closed(at: time(1_771_000_000)),
                source: .sameStep
            ),
        ]
    }

    private static let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .appendingPathComponent("Golden")

    /// A golden file is one line of JSON: an object with the type and the data.
    private static func read(_ name: String) throws -> (type: String, data: [UInt8]) {
        let text = try String(contentsOf: directory.appendingPathComponent("\(name).json"), encoding: .utf8)
        let prefix = "{\"type\":\""
        let middle = "\",\"data\":"
        let start = try #require(text.hasPrefix(prefix) ? text.index(text.startIndex, offsetBy: prefix.count) : nil)
        let range = try #require(text.range(of: middle))
        let data = text[range.upperBound...].dropLast(text.hasSuffix("}\n") ? 2 : 0)
        return (String(text[start..<range.lowerBound]), Array(data.utf8))
    }

    private static func recorded(_ type: EventType, _ data: [UInt8], at: Timestamp = .earliest) -> RecordedEvent {
        RecordedEvent(
            position: 7,
            stream: StreamName(trusted: "case/a"),
            version: 1,
            type: type,
            effectiveAt: at,
            recordedAt: at,
            actor: Actor(trusted: "officer/1"),
            data: data,
            metadata: Array("{}".utf8),
            leaf: Digest.sha256([])
        )
    }

    @Test(arguments: golden)
    func `an event is written byte for byte as its golden file says`(golden: Golden) throws {
        let moment = Timestamp(microseconds: 1_770_685_500_000_001)
        let encoded = Case.Coding.encode(
            .init(effectiveAt: moment, fact: golden.fact, by: golden.by, source: golden.source),
            actor: Actor(trusted: "officer/1")
        )
        let url = Self.directory.appendingPathComponent("\(golden.file).json")
        if ProcessInfo.processInfo.environment["CASEFLOW_RECORD_GOLDEN"] != nil,
            !FileManager.default.fileExists(atPath: url.path)
        {
            let data = String(decoding: encoded.data, as: UTF8.self)
            let text = "{\"type\":\"\(encoded.type.rawValue)\",\"data\":\(data)}\n"
            try text.write(to: url, atomically: true, encoding: .utf8)
        }
        let file = try Self.read(golden.file)
        #expect(encoded.type.rawValue == file.type)
        #expect(encoded.type == golden.type)
        #expect(String(decoding: encoded.data, as: UTF8.self) == String(decoding: file.data, as: UTF8.self))
        #expect(encoded.data == file.data)
        #expect(encoded.effectiveAt == moment)
        #expect(encoded.actor.rawValue == "officer/1")
        #expect(encoded.metadata.isEmpty)
    }

    @Test(arguments: golden)
    func `a golden file is read as the event that it was`(golden: Golden) throws {
        let file = try Self.read(golden.file)
        let moment = Timestamp(microseconds: 1_770_685_500_000_001)
        let event = try Case.Coding.decode(Self.recorded(EventType(trusted: file.type), file.data, at: moment))
        #expect(event == Case.Event(effectiveAt: moment, fact: golden.fact, by: golden.by, source: golden.source))
        // The file as a whole is JSON.
        let whole = try Data(contentsOf: Self.directory.appendingPathComponent("\(golden.file).json"))
        #expect(try JSONSerialization.jsonObject(with: whole) is [String: Any])
    }

    @Test func `every golden file belongs to a test`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        let own = files.filter { $0.hasPrefix("case.") || $0.hasPrefix("card.") }
        #expect(own.sorted() == Self.golden.map { "\($0.file).json" }.sorted())
    }

    @Test(arguments: [
        ("case.noted/1", "{}", "this program does not know its type"),
        ("case.received/2", "{}", "this program does not know its type"),
        ("case.received/1", "{\"number\":\"1\"}", "it has no 'at'"),
        ("case.received/1", "{\"number\":1,\"at\":\"2026-02-10T09:05:00+08:00\"}", "it has no 'number'"),
        ("case.closed/1", "{\"at\":\"2026-02-10T09:05:00\"}", "'at' is not a time with an offset"),
        ("case.closed/1", "{\"at\":\"yesterday\"}", "'at' is not a time with an offset"),
        ("case.deadline-set/1", "{", "the JSON is malformed at byte 1"),
        ("case.reopened/1", "{\"at\":\"2026-02-10T09:05:00Z\"}", "it has no 'reason'"),
        ("case.step-recorded/1", "{\"activity\":\"a\",\"attributes\":{}}", "its attributes are not a list"),
        (
            "case.step-recorded/1", "{\"activity\":\"a\",\"attributes\":[[\"word\",\"k\",\"v\"]]}",
            "an attribute is not [kind, key, value]"
        ),
        (
            "case.step-recorded/1", "{\"activity\":\"a\",\"attributes\":[[\"string\",\"k\"]]}",
            "an attribute is not [kind, key, value]"
        ),
        ("case.withdrawn/1", "{\"at\":\"2026-02-10T09:05:00Z\",\"source\":\"other\"}", "'source' is no step"),
        ("case.withdrawn/1", "{\"at\":\"2026-02-10T09:05:00Z\",\"source\":{}}", "it has no 'activity'"),
    ])
    func `what this program cannot read is an error that names it`(type: String, data: String, why: String) {
        let recorded = Self.recorded(EventType(trusted: type), Array(data.utf8))
        do {
            _ = try Case.Coding.decode(recorded)
            Issue.record("it was read")
        } catch let error as UnreadableEvent {
            #expect(error.description == "event 7 (\(type)) of case/a cannot be read: \(why)")
        } catch {
            Issue.record("another error: \(error)")
        }
    }
}
