import CaseFlow
import EventStore
import WorkingTime

extension CaseCodingTests {
    private static var fiveDays: Limit { Limit(5, .workingDays) ?? .none }
    private static func officer(_ code: String) -> OfficerID { OfficerID(trusted: code) }

    private static func service(_ file: String, _ fact: Case.ProcedureFact) -> Golden {
        Golden(file: "case.\(file)-1", type: EventType(trusted: "case.\(file)/1"), fact: .procedure(fact, at: nine))
    }

    private static var nine: ZonedTime { time(1_770_685_500) }

    /// The facts of the service, and the receipt of a case of the catalogue.
    static var serviceFacts: [Golden] {
        [
            Golden(
                file: "case.received-1-intake",
                type: "case.received/1",
                fact: .received(
                    number: CaseNumber(trusted: "2026-0007"),
                    at: nine,
                    attributes: [],
                    intake: Case.Intake(
                        channel: .agent,
                        place: UnitCode(trusted: "510725106-v01"),
                        village: UnitCode(trusted: "510725106-v01"),
                        applicant: SealedPerson(
                            subject: SubjectID(trusted: "00112233445566778899aabbccddeeff"),
                            box: "AQID"
                        ),
                        firstContact: officer("gy-0004"),
                        materials: ["identity card", "户口簿"],
                        visit: VisitID(trusted: "2026-02-10-17")
                    )
                ),
                by: Standing(
                    officer: officer("gy-0012"),
                    unit: UnitCode(trusted: "510725106-v01"),
                    role: .agent,
                    post: PostCode(UnitCode(trusted: "510725106-v01"), ShortName(trusted: "agent-1")),
                    holder: .b,
                    actingFor: officer("gy-0011")
                )
            ),
            Golden(
                file: "case.stage-signed-1-market-day",
                type: "case.stage-signed/1",
                fact: .procedure(.stageSigned(stage: "village", .agreement, remark: ""), at: nine),
                by: Standing(
                    officer: officer("gy-0012"),
                    unit: UnitCode(trusted: "510725106-v01"),
                    role: .agent,
                    post: PostCode(UnitCode(trusted: "510725106-v01"), ShortName(trusted: "agent-1")),
                    duty: .init(at: UnitCode(trusted: "510725106-hall"), hasSeal: true)
                )
            ),
            Golden(
                file: "case.rules-pinned-1-item",
                type: "case.rules-pinned/1",
                fact: .procedure(.rulesPinned(catalogued), at: nine)
            ),
            Golden(
                file: "case.stage-begun-1-seat",
                type: "case.stage-begun/1",
                fact: .procedure(
                    .stageBegun(
                        "visit",
                        within: fiveDays,
                        with: Case.StageSeat(kind: .verification, unit: UnitCode(trusted: "forest"), role: .reviewer)
                    ),
                    at: nine
                )
            ),
            Golden(
                file: "case.delivered-1-way",
                type: "case.delivered/1",
                fact: .procedure(.delivered(by: .agent), at: nine)
            ),
            service("corrected-on-spot", .correctedOnSpot("日期 the date")),
            service("material-deferred", .materialDeferred("title", within: fiveDays)),
            service("material-followed", .materialFollowed("title")),
            service("file-returned", .fileReturned("title")),
            service("assigned", .assigned(stage: "papers", to: officer("r-1"))),
            service(
                "handed-over",
                .handedOver(stage: "papers", from: officer("r-1"), to: officer("r-2"), reason: "leave")
            ),
            service("stage-signed", .stageSigned(stage: "papers", .objection, remark: "boundary unclear")),
            service(
                "returned",
                .returned(from: "decision", to: "papers", reason: "a page", undone: ["papers", "decision"])
            ),
            service("forwarded", .forwarded(stage: "county", to: UnitCode(trusted: "county"), reference: "Z-1")),
            service(
                "answered",
                .answered(stage: "county", .denied, reference: "X-1", reasons: "no title", remedy: "suit")
            ),
            service("hearing-asked", .hearingAsked),
            service("hearing-announced", .hearingAnnounced(on: day("2026-03-10"))),
            service("hearing-held", .hearingHeld),
            service("hearing-waived", .hearingWaived),
            service("exception-declared", .exceptionDeclared(.deciderSeals, reason: "two of us")),
            service(
                "sealed",
                .sealed(
                    Case.SealUse(matter: ShortName(trusted: "approval"), document: "3q2+7w==", keeper: officer("k-1"))
                )
            ),
            service("issued", .issued(Case.Issue(result: "许可证", document: "3q2+7w=="))),
            service("visited", .visited(VisitID(trusted: "2026-02-10-17"))),
            service("fee-charged", .fee(1250, "川财 0042")),
            Golden(
                file: "case.fee-charged-1-plain",
                type: "case.fee-charged/1",
                fact: .procedure(.fee(500), at: nine)
            ),
            service("complained", .complained(reference: "K-1", about: "the wait")),
            service("complaint-answered", .complaintAnswered(reference: "K-1", isUpheld: true, answer: "so it was")),
            service("record-corrected", .recordCorrected(event: 3, text: "the agent brought it")),
        ]
    }

    private static var catalogued: Case.RulePin {
        var pin = Case.RulePin(
            pack: "cn-licensing",
            version: 1,
            digest: "3q2+7w==",
            item: "11510725-0001",
            handling: .single,
            statute: nil,
            promise: fiveDays
        )
        (pin.itemVersion, pin.itemDigest, pin.seal) = (2, "AAAA", ShortName(trusted: "approval"))
        return pin
    }
}
