import CaseFlow
import Foundation
import Testing
import TransparencyLog
import WorkingTime

@testable import EventStore

/// How the events of the network stand in the log; the golden files are never changed.
@Suite struct NetworkCodingTests {
    private static let officer = Actor(trusted: "officer/17")
    private static let directory = repositoryFile("Tests/CaseFlowTests/Golden")

    private static func units() throws -> [(file: String, fact: UnitEvent.Fact)] {
        let day = SmallTown.start
        let full = UnitProfile(
            "451425102-v01",
            name: LocalizedText("Station of \"village\" 1", "第1村便民服务站"),
            kind: .villageStation,
            parent: "451425102-hall",
            region: RegionCode(trusted: "451425102201"),
            seal: SmallTown.name("village-certificate"),
            calendar: SmallTown.name("jinjie")
        )
        let bare = UnitProfile("451425", name: LocalizedText([.chinese: "天等县"]), kind: .county)
        func duty(_ name: String, _ kind: Duty.Kind, _ days: Duty.Days, _ hours: String, seal: Bool = false) throws
            -> Duty
        {
            Duty(
                SmallTown.name(name),
                kind: kind,
                at: "451425102-hall",
                on: days,
                hours: try DayHours(hours),
                hasSeal: seal
            )
        }
        let market = try duty(
            "market-day",
            .duty,
            .every(3, from: SmallTown.day("2026-01-03")),
            "09:00-16:00",
            seal: true
        )
        let visit = try duty("visit", .appointment, .weekdays([.monday, .friday]), "09:00-12:00 14:00-17:00")
        let dates = [SmallTown.day("2026-02-10"), SmallTown.day("2026-02-12")]
        let fair = try duty("fair", .duty, .dates(dates), "08:30-12:00")
        let (keeper, reviewer) = (SmallTown.name("seal-keeper"), SmallTown.name("reviewer-1"))
        return [
            ("network.unit-established-1", .established(full, from: day)),
            ("network.unit-established-1-plain", .established(bare, from: day)),
            ("network.unit-changed-1", .changed(full, from: SmallTown.day("2026-03-02"))),
            ("network.unit-closed-1", .closed(from: SmallTown.day("2026-07-01"), reason: "并村")),
            ("network.post-created-1", .postCreated(keeper, role: .sealKeeper, from: day)),
            ("network.post-abolished-1", .postAbolished(keeper, from: SmallTown.day("2026-07-01"))),
            ("network.post-filled-1", .postFilled(reviewer, .b, "jj-0012", from: day)),
            ("network.post-vacated-1", .postVacated(reviewer, .a, from: SmallTown.day("2026-05-04"))),
            ("network.duty-set-1", .dutySet(market, from: day)),
            ("network.duty-set-1-weekdays", .dutySet(visit, from: day)),
            ("network.duty-set-1-dates", .dutySet(fair, from: day)),
            ("network.duty-ended-1", .dutyEnded(market.name, from: SmallTown.day("2026-09-01"))),
        ]
    }

    private static func officers() -> [(file: String, fact: OfficerEvent.Fact)] {
        let absence = Officer.Absence(
            from: SmallTown.day("2026-11-02"),
            through: SmallTown.day("2026-11-06"),
            reason: .sick
        )
        return [
            ("officer.registered-1", .registered(from: SmallTown.start)), ("officer.absent-1", .absent(absence)),
            ("officer.back-1", .back(on: SmallTown.day("2026-11-05"))),
            ("officer.left-1", .left(from: SmallTown.day("2026-12-01"))),
        ]
    }

    private static func recorded(_ type: String, _ data: some Sequence<UInt8>) -> RecordedEvent {
        RecordedEvent(
            position: 7,
            stream: StreamName(trusted: "network/a"),
            version: 1,
            type: EventType(trusted: type),
            effectiveAt: .earliest,
            recordedAt: .earliest,
            actor: officer,
            data: Array(data),
            metadata: Array("{}".utf8),
            leaf: Digest.sha256([])
        )
    }

    private static func check(_ encoded: NewEvent, _ golden: String) throws {
        let written = "{\"type\":\"\(encoded.type)\",\"data\":\(String(decoding: encoded.data, as: UTF8.self))}\n"
        let path = directory.appendingPathComponent("\(golden).json")
        #expect(written == ((try? String(contentsOf: path, encoding: .utf8)) ?? ""), "\(golden)")
        #expect(try JSONSerialization.jsonObject(with: Data(written.utf8)) is [String: Any])
    }

    @Test func `an event is written as its golden file says, and read from it`() throws {
        for golden in try Self.units() {
            let event = UnitEvent(effectiveAt: .earliest, actor: Self.officer, fact: golden.fact)
            let encoded = UnitEventCoding.encode(event, actor: Self.officer)
            try Self.check(encoded, golden.file)
            #expect(try UnitEventCoding.decode(Self.recorded(encoded.type.rawValue, encoded.data)) == event)
        }
        for golden in Self.officers() {
            let event = OfficerEvent(effectiveAt: .earliest, actor: Self.officer, fact: golden.fact)
            let encoded = OfficerEventCoding.encode(event, actor: Self.officer)
            try Self.check(encoded, golden.file)
            #expect(try OfficerEventCoding.decode(Self.recorded(encoded.type.rawValue, encoded.data)) == event)
        }
    }

    @Test func `every golden file of the network belongs to a test`() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: Self.directory.path)
        let own = files.filter { $0.hasPrefix("network.") || $0.hasPrefix("officer.") }
        let known = try Self.units().map(\.file) + Self.officers().map(\.file)
        #expect(own.sorted() == known.map { "\($0).json" }.sorted())
    }

    @Test(arguments: [
        ("network.unit-renamed/1", "{}", "this program does not know its type"),
        ("network.unit-closed/2", "{}", "this program does not know its type"),
        ("network.unit-closed/1", "{", "the JSON is malformed at byte 1"),
        ("network.unit-closed/1", #"{"from":"2026-02-30","reason":"x"}"#, "its 'from' cannot be understood"),
        ("network.unit-established/1", #"{"from":"2026-01-01"}"#, "it has no 'unit'"),
        (
            "network.unit-established/1", #"{"from":"2026-01-01","unit":{"code":"a1","name":{},"kind":"county"}}"#,
            "its 'name' cannot be understood"
        ),
        (
            "network.post-filled/1", #"{"post":"a","holder":"c","officer":"x","from":"2026-01-01"}"#,
            "its 'holder' cannot be"
        ),
        (
            "network.post-filled/1", #"{"post":"a","holder":"a","officer":"张","from":"2026-01-01"}"#,
            "its 'officer' cannot be"
        ),
        (
            "network.duty-set/1",
            #"{"from":"2026-01-01","duty":"m","kind":"duty","at":"a1","every":0,"first":"2026-01-01","hours":"","seal":true}"#,
            "its 'every' cannot be understood"
        ),
        (
            "network.duty-set/1",
            #"{"from":"2026-01-01","duty":"m","kind":"duty","at":"a1","weekdays":["day"],"hours":"09:00-10:00","seal":true}"#,
            "its 'weekdays' cannot be understood"
        ),
        (
            "network.duty-set/1",
            #"{"from":"2026-01-01","duty":"m","kind":"duty","at":"a1","weekdays":["mon"],"hours":"09:00-10:00","seal":1}"#,
            "its 'seal' cannot be understood"
        ),
    ])
    func `what this program cannot read of a unit is an error that names it`(type: String, data: String, why: String) {
        let error = #expect(throws: UnreadableEvent.self) { try UnitEventCoding.decode(Self.recorded(type, data.utf8)) }
        #expect(error?.description.contains(why) == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        ("officer.promoted/1", "{}", "this program does not know its type"),
        (
            "officer.absent/1", #"{"from":"2026-01-01","through":"2026-01-02","reason":"tired"}"#,
            "its 'reason' cannot be"
        ),
        ("officer.back/1", "{}", "it has no 'on'"),
    ])
    func `what this program cannot read of an officer is an error that names it`(
        type: String,
        data: String,
        why: String
    ) {
        let error = #expect(throws: UnreadableEvent.self) {
            try OfficerEventCoding.decode(Self.recorded(type, data.utf8))
        }
        #expect(error?.description.contains(why) == true, "\(error?.description ?? "")")
    }
}
