import CaseFlow
import EventStore
import Foundation
import PostgresClient
import Support
import Testing

/// The read tables of cases.
@Suite struct CaseProjectionTests {
    @Test func `both tables show an imported case`() async throws {
        try await ImportBench.run { log, scratch in
            let trace = TraceText(
                "A-1",
                [
                    ("startdate", "2026-01-05T23:30:00+08:00"), ("deadline", "2026-01-20T00:00:00+08:00"),
                    ("enddate", "2026-01-21T00:00:00+08:00"), ("responsible", "officer/7"), ("channel", "Desk"),
                ],
                [
                    .init("receive", "2026-01-06T09:00:00+08:00", by: "w1"),
                    .init("review", "2026-01-09T09:00:00+08:00"),
                    .init("sign", "2026-01-08T09:00:00+08:00", by: "w2"),
                ]
            )
            _ = try await log.importXES(scratch.write("a.xes", xes([trace])))
            let cases = LiveCases(log: log)
            try await cases.catchUp()
            let stream = CaseNumber(trusted: "A-1").stream(in: log.id)
            let overview = try JSONDecoder().decode(OverviewRow.self, from: Data(try await cases.overview()[0].utf8))
            #expect(overview.stream == stream.rawValue)
            #expect([overview.case_number, overview.state, overview.last_step] == ["A-1", "closed", "sign"])
            #expect(overview.last_performer == "w2")
            let counts: [Int] = [overview.steps, overview.reopened, overview.version]
            #expect(counts == [3, 0, 6])
            let row = try JSONDecoder().decode(ComplianceRow.self, from: Data(try await cases.compliance()[0].utf8))
            #expect([row.received_on, row.deadline_on, row.closed_on] == ["2026-01-05", "2026-01-20", "2026-01-21"])
            #expect(row.last_step_at.hasPrefix("2026-01-09T01:00:00"))
            #expect([row.responsible, row.department, row.channel] == ["officer/7", nil, "Desk"])
            #expect(row.attributes["startdate"] == "2026-01-05T23:30:00+08:00")
            #expect(row.attributes.count == 6)
        }
    }

    private struct OverviewRow: Decodable {
        let stream, case_number, state: String
        let last_step, last_performer: String?
        let steps, reopened, version: Int
    }

    private struct ComplianceRow: Decodable {
        let received_on, deadline_on, closed_on, last_step_at: String
        let responsible, department, channel: String?
        let attributes: [String: String]
    }

    @Test func `a case that is closed and opened again`() async throws {
        try await LiveCases.run { cases in
            let at = try zoned("2026-03-12T00:00:00+08:00")
            func look() async throws -> [String?] {
                try await cases.catchUp()
                return [
                    try await cases.value("state", of: "1"), try await cases.value("reopened", of: "1"),
                    try await cases.value("closed_on", of: "1", in: "case_compliance"),
                    try await cases.value("deadline_on", of: "1", in: "case_compliance"),
                ]
            }
            try await cases.add("1", due: "2026-03-10T00:00:00+08:00")
            #expect(try await look() == ["open", "0", nil, "2026-03-10"])
            try await cases.add("1", [.closed(at: at)])
            #expect(try await look() == ["closed", "0", "2026-03-12", "2026-03-10"])
            try await cases.add("1", [.reopened(at: at, reason: "x"), .deadlineSet(at)])
            #expect(try await look() == ["open", "1", nil, "2026-03-12"])
            // Closed and opened again within one batch.
            try await cases.add("1", [.closed(at: at), .reopened(at: at, reason: "y"), .closed(at: at)])
            #expect(try await look() == ["closed", "2", "2026-03-12", "2026-03-12"])
        }
    }

    @Test func `a rebuild gives the rows that the live projections have`() async throws {
        try await LiveCases.run { cases in
            let seed = UInt64.random(in: .min ... .max)
            var generator = SeededGenerator(seed: seed)
            for round in 0..<60 {
                let number = "n\(Int.random(in: 0..<15, using: &generator))"
                let at = try #require(
                    ZonedTime(
                        microsecondsSinceEpoch: Int64.random(in: 1_770_000_000...1_780_000_000, using: &generator)
                            * 1_000_000,
                        offsetSeconds: 28_800
                    )
                )
                var state = Case.initial
                for try await event in cases.log.readStream(StreamName(trusted: "case/\(number)")) {
                    Case.evolve(&state, try Case.Coding.decode(event))
                }
                let command: Case.Command =
                    if state.phase == .unknown {
                        .receive(number: CaseNumber(trusted: number), at: at, attributes: [])
                    } else {
                        [
                            .recordStep(Case.Step(activity: "s\(round)"), at: at.timestamp), .setDeadline(at),
                            state.phase == .closed ? .reopen(at: at, reason: "r") : .close(at: at),
                        ].randomElement(using: &generator) ?? .setDeadline(at)
                    }
                let events = try Case.decide(command, state)
                try await cases.add(number, events.map(\.fact), at: at.description)
                if round.isMultiple(of: 7) { try await cases.catchUp() }
            }
            try await cases.catchUp()
            let (overview, compliance) = (try await cases.overview(), try await cases.compliance())
            #expect(!overview.isEmpty)
            #expect(overview.count == compliance.count)
            for projection in [CaseOverview() as any Projection, CaseCompliance()] {
                try await ProjectionRunner(projection, on: cases.log).rebuild(batchSize: 11)
            }
            #expect(try await cases.overview() == overview, "seed \(seed)")
            #expect(try await cases.compliance() == compliance, "seed \(seed)")
            let status = try await cases.log.projectionStatus(audit: true)
            #expect(
                status.map { "\($0.name) \($0.state) \($0.isComplete)" } == [
                    "case-compliance live true", "case-overview live true",
                ]
            )
        }
    }

    @Test(arguments: [
        ("case.unheard-of/1", "{}"), ("case.closed/1", "{\"at\":\"soon\"}"),
        ("case.closed/1", "{\"at\":\"\\ud800\\u0041\"}"),
    ])
    func `an event that cannot be read sets its case aside, and no other`(type: String, json: String) async throws {
        try await LiveCases.run { cases in
            for number in ["1", "2", "3"] { try await cases.add(number, due: "2026-03-10T00:00:00+08:00") }
            // Lone surrogates never pass the database's own check of JSON: what it refuses cannot become poison.
            do {
                try await cases.add("2", type: EventType(trusted: type), json: json)
            } catch is AppendError {
                #expect(json.contains("ud800"))
                return
            }
            let step = Case.Fact.stepRecorded(Case.Step(activity: "later"))
            for number in ["1", "2", "3"] { try await cases.add(number, [step]) }
            try await cases.catchUp()
            #expect(try await cases.value("steps", of: "1") == "1")
            #expect(try await cases.value("steps", of: "2") == "0")
            #expect(try await cases.value("steps", of: "3") == "1")
            let status = try await cases.log.projectionStatus(audit: true)
            #expect(status.count == 2)
            for row in status {
                #expect(row.parkedStreams == 1)
                #expect(row.parked == 2)
                #expect(row.isComplete)
            }
            let parked = try await cases.log.pool.query(
                "SELECT DISTINCT stream, position FROM caseflow.parked_streams WHERE log_id = $1",
                [cases.log.id.rawValue]
            )
            #expect(parked.count == 1)
            #expect(try parked[0].decode(0, as: String.self) == "case/2")
            #expect(try parked[0].decode(1, as: Int64.self) == 7)
            let (taken, failures) = try await ProjectionRunner(CaseOverview(), on: cases.log).retryParked()
            #expect(taken == 0)
            #expect(failures.count == 1)
        }
    }

    @Test func `a case that was never received is set aside, streams of other kinds are passed over`() async throws {
        try await LiveCases.run { cases in
            try await cases.add("1", [.stepRecorded(Case.Step(activity: "a"))])
            let seal = StreamName(trusted: "seal/1/2026")
            let event = NewEvent(
                type: "seal.used/1",
                effectiveAt: .init(microseconds: 0),
                actor: Actor(trusted: "officer/1"),
                data: Array("{}".utf8)
            )
            _ = try await cases.log.append(
                AppendRequest(id: UUID(), writes: [StreamWrite(seal, expected: .noStream, events: [event])])
            )
            try await cases.add("2", due: nil)
            try await cases.catchUp()
            #expect(try await cases.overview().count == 1)
            for row in try await cases.log.projectionStatus(audit: true) {
                #expect(row.parkedStreams == 1)
                #expect(row.checkpoint == 3)
                #expect(row.delivered == 2)
            }
        }
    }
}
