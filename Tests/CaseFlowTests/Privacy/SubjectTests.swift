import Foundation
import Testing
import TransparencyLog
import WorkingTime

@testable import CaseFlow
@testable import EventStore

/// The decider of a subject's stream, and how its events stand in the log; the golden files are never changed.
@Suite struct SubjectTests {
    private static let moment = Timestamp(microseconds: 1_795_000_000_000_000)

    private static func look(_ why: String = "核查", _ fields: [PersonalData.Field] = [.phone, .name, .phone])
        -> Subject.Look
    {
        Subject.Look(
            who: Invented.officer,
            role: .auditor,
            why: why,
            case: StreamName(trusted: "case/7"),
            fields: fields
        )
    }

    private static func state(after events: [SubjectEvent]) -> Subject.State {
        events.reduce(into: Subject.initial) { Subject.evolve(&$0, $1) }
    }

    private static func event(_ fact: SubjectEvent.Fact) -> SubjectEvent {
        SubjectEvent(effectiveAt: moment, actor: Invented.officer, fact: fact)
    }

    private static let looked = event(
        .lookedAt(role: .auditor, why: "核查", case: StreamName(trusted: "case/7"), fields: [.name, .phone])
    )
    private static let erased = event(.erased(reason: "本人申请", on: Invented.day))

    @Test func `a look is an event; the very same again is none; a later one is`() throws {
        #expect(try Subject.decide(.look(Self.look(), at: Self.moment), Subject.initial) == [Self.looked])
        let state = Self.state(after: [Self.looked])
        #expect(state.looks == 1 && state.last == Self.looked)
        #expect(try Subject.decide(.look(Self.look(), at: Self.moment), state).isEmpty)
        let later = try Subject.decide(.look(Self.look(), at: Self.moment.advanced(byMicroseconds: 1)), state)
        #expect(later.count == 1)
        #expect(try Subject.decide(.look(Self.look("又查"), at: Self.moment), state).count == 1)
    }

    @Test func `a look at nothing, for nothing, or after the erasure is refused`() {
        #expect(throws: Subject.Rejection.noFields) {
            try Subject.decide(.look(Self.look("核查", []), at: Self.moment), Subject.initial)
        }
        #expect(throws: Subject.Rejection.noReason) {
            try Subject.decide(.look(Self.look(" "), at: Self.moment), Subject.initial)
        }
        #expect(throws: Subject.Rejection.erased(on: Invented.day)) {
            try Subject.decide(.look(Self.look(), at: Self.moment), Self.state(after: [Self.looked, Self.erased]))
        }
    }

    @Test func `an erasure happens once and needs a reason`() throws {
        let command = Subject.Command.erase(reason: "本人申请", on: Invented.day, by: Invented.officer, at: Self.moment)
        #expect(try Subject.decide(command, Self.state(after: [Self.looked])) == [Self.erased])
        #expect(try Subject.decide(command, Self.state(after: [Self.erased])).isEmpty)
        #expect(throws: Subject.Rejection.noReason) {
            try Subject.decide(
                .erase(reason: "", on: Invented.day, by: Invented.officer, at: Self.moment),
                Subject.initial
            )
        }
    }

    // MARK: In the log

    private static let golden: [(file: String, event: SubjectEvent)] = [
        ("subject.looked-at-1", looked),
        (
            "subject.looked-at-1-plain",
            event(.lookedAt(role: .inspector, why: "抽查", case: nil, fields: PersonalData.Field.allCases))
        ),
        ("subject.erased-1", erased),
    ]

    private static let directory = repositoryFile("Tests/CaseFlowTests/Golden")

    private static func recorded(_ type: String, _ data: some Sequence<UInt8>) -> RecordedEvent {
        RecordedEvent(
            position: 7,
            stream: StreamName(trusted: "subject/a"),
            version: 1,
            type: EventType(trusted: type),
            effectiveAt: moment,
            recordedAt: moment,
            actor: Invented.officer,
            data: Array(data),
            metadata: Array("{}".utf8),
            leaf: Digest.sha256([])
        )
    }

    @Test func `an event is written as its golden file says, and read from it`() throws {
        for (name, event) in Self.golden {
            let encoded = SubjectEventCoding.encode(event, actor: event.actor)
            let written = "{\"type\":\"\(encoded.type)\",\"data\":\(String(decoding: encoded.data, as: UTF8.self))}\n"
            let path = Self.directory.appendingPathComponent("\(name).json")
            #expect(written == (try? String(contentsOf: path, encoding: .utf8)), "\(name)")
            #expect(try SubjectEventCoding.decode(Self.recorded(encoded.type.rawValue, encoded.data)) == event)
        }
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        #expect(files.filter { $0.hasPrefix("subject.") }.sorted() == Self.golden.map { "\($0.file).json" }.sorted())
    }

    @Test(arguments: [
        ("subject.looked-at/2", "{}", "this program does not know its type"),
        ("subject.looked-at/1", "{", "the JSON is malformed at byte 1"),
        ("subject.looked-at/1", "{}", "it has no 'fields'"),
        (
            "subject.looked-at/1", #"{"role":"king","reason":"x","fields":["name"]}"#,
            "its 'role' cannot be understood: it is no known name"
        ),
        ("subject.looked-at/1", #"{"role":"auditor","fields":["name"]}"#, "it has no 'reason'"),
        (
            "subject.looked-at/1", #"{"role":"auditor","reason":"x","fields":["name","face"]}"#,
            "its 'fields' cannot be understood"
        ),
        ("subject.erased/1", #"{"on":"2026-11-22"}"#, "it has no 'reason'"),
        ("subject.erased/1", #"{"reason":"x","on":"2026-02-30"}"#, "its 'on' cannot be understood: it is no day"),
    ])
    func `an unknown type or layout is an error`(type: String, data: String, why: String) {
        let error = #expect(throws: UnreadableEvent.self) {
            try SubjectEventCoding.decode(Self.recorded(type, data.utf8))
        }
        #expect(error?.description.hasSuffix(why) == true, "\(error as Any)")
    }

    @Test func `a sealed person stands in an event and is found there, wherever it stands`() throws {
        let one = SealedPerson(subject: SubjectID(nameBased: ["1"]), box: "AAAA")
        let two = SealedPerson(subject: SubjectID(nameBased: ["2"]), box: "BBBB")
        var json = StoredJSONWriter()
        json.member("applicant", one)
        json.member("agent", nil as SealedPerson?)
        json.member("more", json: Array("[{\"deep\":".utf8) + two.stored + Array("}]".utf8))
        let bytes = json.finish()
        #expect(
            String(decoding: bytes, as: UTF8.self)
                == #"{"applicant":{"subject":"\#(one.subject)","box":"AAAA"},"more":[{"deep":{"subject":"\#(two.subject)","box":"BBBB"}}]}"#
        )
        let stored = try StoredJSON(bytes)
        #expect(SealedPerson(stored["applicant"]) == one && SealedPerson(stored["agent"]) == nil)
        #expect(SealedPerson.all(in: stored) == [one, two])
        let wrong = try StoredJSON(Array(#"{"subject":"short","box":"AAAA"}"#.utf8))
        #expect(SealedPerson(wrong) == nil && SealedPerson.all(in: wrong).isEmpty)
    }
}
