import EventStore
import Foundation
import Support
import Testing

@testable import CaseFlow

/// Handing out everything that a log holds: as OCEL 2.0, as a table, as CloudEvents.
@Suite struct LogExportTests {
    /// Sealed data and whose they are: neither may be in a table or an object-centric log.
    private static let box = "QUJDREVGRw=="
    private static let subject = SubjectID(nameBased: ["someone"])

    private static func standing(_ officer: String, _ unit: UnitCode, _ role: OfficerRole, for a: String? = nil) throws
        -> Standing
    {
        Standing(
            officer: try OfficerID(officer),
            unit: unit,
            role: role,
            post: PostCode(unit, try ShortName("post-1")),
            holder: a == nil ? .a : .b,
            actingFor: try a.map { try OfficerID($0) }
        )
    }

    /// A log with a case of the catalogue that has everything that can be related, another one of the same visit, a mapped
    /// case of elsewhere, and events of an officer's own stream.
    private func withLog(_ body: (EventLog, ScratchDirectory) async throws -> Void) async throws {
        try await LiveCases.run { cases in
            let log = cases.log
            let scratch = try ScratchDirectory()
            let at = CaseCodingTests.time(1_770_685_500)
            let (hall, village) = (UnitCode("hall"), UnitCode("village-3"))
            let window = try Self.standing("w-1", hall, .window)
            let reviewer = try Self.standing("r-2", UnitCode("dept"), .reviewer, for: "r-1")
            let keeper = try Self.standing("k-1", hall, .sealKeeper)
            var pin = Case.RulePin(
                pack: "p",
                version: 1,
                digest: "d",
                item: "item-0001",
                handling: .single,
                statute: nil,
                promise: nil
            )
            (pin.itemVersion, pin.itemDigest) = (1, "d")
            let visit = try VisitID("v-1")
            for number in ["N-1", "N-2"] {
                let intake = Case.Intake(
                    channel: .window,
                    place: hall,
                    village: village,
                    applicant: SealedPerson(subject: Self.subject, box: Self.box),
                    materials: ["form"],
                    visit: visit
                )
                func fact(_ fact: Case.ProcedureFact, _ by: Standing) -> Case.Event {
                    Case.Event(effectiveAt: at.timestamp, fact: .procedure(fact, at: at), by: by)
                }
                let events = [
                    Case.Event(
                        effectiveAt: at.timestamp,
                        fact: .received(number: CaseNumber(trusted: number), at: at, attributes: [], intake: intake),
                        by: window
                    ),
                    fact(.rulesPinned(pin), window),
                    fact(.stageSigned(stage: "review", .agreement, remark: "=1+1, \"so\""), reviewer),
                    fact(
                        .sealed(.init(matter: try ShortName("approval"), document: "x", keeper: OfficerID("k-1"))),
                        keeper
                    ),
                    fact(.visited(try VisitID("v-2-\(number)")), window),
                ]
                let new = events.map { Case.Coding.encode($0, actor: $0.by?.officer.actor ?? Actor(trusted: "system")) }
                let stream = StreamName(trusted: "case/\(number)")
                let write = StreamWrite(stream, expected: .noStream, events: new)
                _ = try await log.append(AppendRequest(id: UUID(), writes: [write]))
            }
            let other = NewEvent(
                type: "officer.registered/1",
                effectiveAt: at.timestamp,
                actor: Actor(trusted: "officer/w-1"),
                data: Array("{}".utf8)
            )
            let write = StreamWrite(StreamName(trusted: "officer/w-1"), expected: .noStream, events: [other])
            _ = try await log.append(AppendRequest(id: UUID(), writes: [write]))
            let mapping = try ImportMappingTests.mapping("  - { activity: pay, facts: [delivered, closed] }")
            let trace = TraceText(
                "F-1",
                [],
                [
                    .init("look", "2026-01-05T09:00:00Z", by: "Ann, &quot;A&quot;"),
                    .init("pay", "2026-01-06T09:00:00Z", by: "bob"),
                ]
            )
            let path = try scratch.write("a.xes", xes([trace]))
            _ = try await XESImport(path: path, options: XESImport.Options(mapping)).run(into: log)
            try await body(log, scratch)
        }
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }

    @Test func `CloudEvents obey the attributes of version 1.0 and hold the data as stored`() async throws {
        try await withLog { log, scratch in
            let path = scratch.path("out.jsonl")
            let report = try await CloudEventsExport(log).write(to: path)
            let lines = try text(path).split(separator: "\n")
            var stored: [RecordedEvent] = []
            for try await event in log.read() { stored.append(event) }
            #expect(report.events == stored.count && lines.count == stored.count && stored.count == 15)
            var ids: Set<String> = []
            for (line, event) in zip(lines, stored) {
                let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
                let json = try #require(object as? [String: Any])
                // Attribute names: lower-case letters and digits, at most 20 (3.1).
                #expect(json.keys.allSatisfy { $0.count <= 20 && $0.allSatisfy { $0.isLowercase || $0.isNumber } })
                let texts = json.filter { $0.key != "data" }.compactMapValues { $0 as? String }
                #expect(texts.count == json.count - 1)
                #expect(texts["specversion"] == "1.0")
                #expect(texts["type"] == event.type.rawValue)
                #expect(texts["source"] == "/logs/\(log.id)")
                #expect(texts["subject"] == event.stream.rawValue)
                #expect(texts["datacontenttype"] == "application/json")
                #expect(texts["id"] == "\(log.id):\(event.position)")
                #expect(texts["position"] == String(event.position))
                #expect(texts["streamversion"] == String(event.version))
                #expect(texts["actor"] == event.actor.rawValue)
                #expect(texts["leaf"] == event.leafText)
                for (key, moment) in [("time", event.effectiveAt), ("recordedat", event.recordedAt)] {
                    #expect(texts[key] == moment.description)
                }
                #expect(line.hasSuffix(",\"data\":" + String(decoding: event.data, as: UTF8.self) + "}"))
                ids.insert(texts["id"] ?? "")
            }
            #expect(ids.count == stored.count)
        }
    }

    @Test func `the table has a row for each event, its hands and its stage, and nothing sealed`() async throws {
        try await withLog { log, scratch in
            let path = scratch.path("out.csv")
            let report = try await EventTableExport(log).write(to: path)
            #expect(report.events == 15)
            let reading = try await readAll(csv: path)
            #expect(reading.failure == nil)
            var rows: [[String: String]] = []
            for item in reading.items {
                if case .header(let row) = item { #expect(row.fields == EventTableExport.columns) }
                if case .rows(let more) = item {
                    rows += more.map { Dictionary(uniqueKeysWithValues: zip(EventTableExport.columns, $0.fields)) }
                }
            }
            #expect(rows.map { $0["position"] } == (1...15).map { String($0) })
            #expect(
                rows.map { $0["case"] } == Array(repeating: "N-1", count: 5) + Array(repeating: "N-2", count: 5)
                    + [""] + Array(repeating: "F-1", count: 4)
            )
            let signed = rows[2]
            let wanted = [
                "type": "case.stage-signed/1", "stream": "case/N-1", "version": "3", "actor": "officer/r-2",
                "officer": "r-2", "acting_for": "r-1", "unit": "dept", "role": "reviewer", "stage": "review",
                "details": "review: agreement, =1+1, \"so\"", "effective": "2026-02-10T01:05:00.000000Z",
                "activity": "",
            ]
            for (key, value) in wanted { #expect(signed[key] == value, "\(key)") }
            #expect(rows[12]["activity"] == "look")
            #expect(rows[12]["performer"] == "Ann, \"A\"")
            #expect(
                rows[13]["type"] == "case.delivered/1" && rows[13]["activity"] == "pay" && rows[14]["activity"] == ""
            )
            let whole = try text(path)
            #expect(!whole.contains(Self.box) && !whole.contains(Self.subject.rawValue))
        }
    }

    // MARK: OCEL 2.0

    private struct OCEL: Decodable {
        struct Declared: Decodable {
            struct Attribute: Decodable { let name, type: String }
            let name: String
            let attributes: [Attribute]
        }
        struct Relation: Decodable, Hashable { let objectId, qualifier: String }
        struct Value: Decodable {
            let name, value: String
            let time: String?
        }
        struct Object: Decodable {
            let id, type: String
            let attributes: [Value]
            let relationships: [Relation]
        }
        struct Event: Decodable {
            let id, type, time: String
            let attributes: [Value]
            let relationships: [Relation]
        }
        let objectTypes, eventTypes: [Declared]
        let objects: [Object]
        let events: [Event]
    }

    /// What the specification of OCEL 2.0 asks of a file (section 3, and the schema of its JSON).
    private func check(_ ocel: OCEL) {
        for declared in [ocel.objectTypes, ocel.eventTypes] {
            #expect(Set(declared.map(\.name)).count == declared.count)
            for type in declared {
                #expect(Set(type.attributes.map(\.name)).count == type.attributes.count)
                for attribute in type.attributes {
                    #expect(["string", "time", "integer", "float", "boolean"].contains(attribute.type))
                }
            }
        }
        func names(_ declared: [OCEL.Declared]) -> [String: Set<String>] {
            Dictionary(uniqueKeysWithValues: declared.map { ($0.name, Set($0.attributes.map(\.name))) })
        }
        let (objectTypes, eventTypes) = (names(ocel.objectTypes), names(ocel.eventTypes))
        let objects = Set(ocel.objects.map(\.id))
        #expect(objects.count == ocel.objects.count)
        #expect(Set(ocel.events.map(\.id)).count == ocel.events.count)
        for object in ocel.objects {
            #expect(objectTypes[object.type] != nil, "\(object.type)")
            for value in object.attributes {
                #expect(objectTypes[object.type]?.contains(value.name) == true, "\(value.name)")
                #expect(value.time.flatMap { try? WrittenTime($0) } != nil)
            }
            for relation in object.relationships {
                #expect(objects.contains(relation.objectId), "\(relation.objectId)")
            }
        }
        for event in ocel.events {
            #expect(eventTypes[event.type] != nil, "\(event.type)")
            #expect((try? WrittenTime(event.time)) != nil)
            for value in event.attributes {
                #expect(eventTypes[event.type]?.contains(value.name) == true, "\(value.name)")
            }
            #expect(!event.relationships.isEmpty)
            #expect(Set(event.relationships).count == event.relationships.count)
            for relation in event.relationships { #expect(objects.contains(relation.objectId), "\(relation.objectId)") }
        }
    }

    @Test func `the object-centric log obeys the format, and its objects are related as they were`() async throws {
        try await withLog { log, scratch in
            let path = scratch.path("out.json")
            let report = try await OCELExport(log).write(to: path)
            let ocel = try JSONDecoder().decode(OCEL.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
            check(ocel)
            #expect(report.events == 15 && ocel.events.count == 15)
            #expect(
                Set(ocel.objects.map(\.id)) == [
                    "case/N-1", "case/N-2", CaseNumber(trusted: "F-1").stream(in: log.id).rawValue, "officer/w-1",
                    "officer/r-1", "officer/r-2", "officer/k-1", "network/hall", "network/dept", "network/village-3",
                    "catalogue/item-0001", "seal/approval", "visit/v-1", "visit/v-2-N-1", "visit/v-2-N-2",
                    "performer/bob", "performer/Ann, \"A\"",
                ]
            )
            #expect(report.objects.values.reduce(0, +) == ocel.objects.count)
            let one = try #require(ocel.objects.first { $0.id == "case/N-1" })
            #expect(one.attributes.map { "\($0.name)=\($0.value)" } == ["number=N-1", "channel=window"])
            #expect(
                one.relationships.map { "\($0.qualifier) \($0.objectId)" } == [
                    "received at network/hall", "of the village of network/village-3", "handed in on visit/v-1",
                    "of catalogue/item-0001",
                ]
            )
            let signed = try #require(ocel.events.first { $0.type == "case.stage-signed/1" })
            #expect(
                signed.relationships.map { "\($0.qualifier) \($0.objectId)" } == [
                    "of case/N-1", "by officer/r-2", "for officer/r-1", "in network/dept",
                ]
            )
            #expect(signed.time == "2026-02-10T01:05:00.000000Z")
            #expect(ocel.events.contains { $0.type == "look" })
            let whole = try text(path)
            #expect(!whole.contains(Self.box) && !whole.contains(Self.subject.rawValue))
        }
    }

    @Test func `what is appended after an export has begun is not in it, and an empty log gives an empty file`()
        async throws
    {
        try await ImportBench.run { log, scratch in
            for (name, count) in [("empty", 0), ("full", 1)] {
                let path = scratch.path("\(name).json")
                let report = try await OCELExport(log).write(to: path)
                let ocel = try JSONDecoder().decode(OCEL.self, from: Data(contentsOf: URL(fileURLWithPath: path)))
                check(ocel)
                #expect(report.events == count * 2 && ocel.objects.count == count)
                #expect(try await CloudEventsExport(log).write(to: scratch.path("a")).events == count * 2)
                #expect(try await EventTableExport(log).write(to: scratch.path("b")).events == count * 2)
                _ = try await log.importXES(
                    scratch.write("a.xes", xes([TraceText("A", [], [.init("a", "2026-01-05T09:00:00Z")])]))
                )
            }
            let source = try await ExportedLog(log)
            _ = try await log.importXES(
                scratch.write("b.xes", xes([TraceText("B", [], [.init("a", "2026-01-05T09:00:00Z")])]))
            )
            var seen = 0
            try await source.forEachPage { seen += $0.count }
            #expect(seen == 2)
        }
    }

    @Test func `a case that cannot be read leaves no file, in any format that reads it`() async throws {
        try await LiveCases.run { cases in
            let scratch = try ScratchDirectory()
            try await cases.add("1", due: nil)
            try await cases.add("1", type: "case.unheard-of/1", json: "{}")
            await #expect(throws: UnreadableEvent.self) {
                _ = try await OCELExport(cases.log).write(to: scratch.path("a.json"))
            }
            await #expect(throws: UnreadableEvent.self) {
                _ = try await EventTableExport(cases.log).write(to: scratch.path("a.csv.gz"))
            }
            #expect(try scratch.names.isEmpty)
            // What hands on the stored form alone goes on.
            #expect(try await CloudEventsExport(cases.log).write(to: scratch.path("a.jsonl.gz")).events == 2)
        }
    }
}
