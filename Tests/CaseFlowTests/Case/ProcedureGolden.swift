import CaseFlow
import EventStore

extension CaseCodingTests {
    private static var tenDays: Limit { Limit(10, .workingDays) ?? .none }
    private static var decision: ClockName { ClockName(rawValue: "decision") ?? .other }

    /// The facts of the procedure.
    static var procedure: [Golden] {
        [
            Golden(
                file: "case.rules-pinned-1",
                type: "case.rules-pinned/1",
                fact: .procedure(
                    .rulesPinned(
                        Case.RulePin(
                            pack: "cn-licensing",
                            version: 1,
                            digest: "3q2+7w==",
                            item: "11510725-0001",
                            handling: .unified,
                            statute: Limit(30, .calendarDays),
                            promise: Limit(5, .workingDays)
                        )
                    ),
                    at: time(1_770_685_500)
                )
            ),
            Golden(
                file: "case.rules-pinned-1-plain",
                type: "case.rules-pinned/1",
                fact: .procedure(
                    .rulesPinned(
                        Case.RulePin(
                            pack: "nl-wabo",
                            version: 2,
                            digest: "3q2+7w==",
                            item: nil,
                            handling: .single,
                            statute: nil,
                            promise: nil
                        )
                    ),
                    at: time(1_770_685_500)
                )
            ),
            Golden(
                file: "case.rules-pinned-1-service",
                type: "case.rules-pinned/1",
                fact: .procedure(
                    .rulesPinned(
                        Case.RulePin(
                            pack: "cn-licensing",
                            version: 1,
                            digest: "3q2+7w==",
                            item: nil,
                            handling: .single,
                            statute: nil,
                            promise: Limit(90, .serviceMinutes),
                            serviceCalendar: "jinjie-hall"
                        )
                    ),
                    at: time(1_770_685_500)
                )
            ),
            Golden(
                file: "case.supplement-noticed-1",
                type: "case.supplement-noticed/1",
                fact: .procedure(
                    .supplementNoticed(materials: ["照片", "form \"3\""], within: Limit(10, .workingDays)),
                    at: time(1_770_685_500)
                )
            ),
            Golden(
                file: "case.supplement-received-1",
                type: "case.supplement-received/1",
                fact: .procedure(.supplementReceived(materials: ["照片"], isComplete: true), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.accepted-1",
                type: "case.accepted/1",
                fact: .procedure(.accepted(isDeemed: false), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.acceptance-refused-1",
                type: "case.acceptance-refused/1",
                fact: .procedure(
                    .acceptanceRefused(.notOurPower, competentBody: "县林业局", reason: "林业事项"),
                    at: time(1_770_685_500)
                )
            ),
            Golden(
                file: "case.review-accepted-1",
                type: "case.review-accepted/1",
                fact: .procedure(.reviewAccepted, at: time(1_770_685_500))
            ),
            Golden(
                file: "case.review-forwarded-1",
                type: "case.review-forwarded/1",
                fact: .procedure(.reviewForwarded, at: time(1_770_685_500))
            ),
            Golden(
                file: "case.suspended-1",
                type: "case.suspended/1",
                fact: .procedure(.suspended(ground: "hearing", told: tenDays), at: time(1_770_685_500))
            ),
            Golden(file: "case.resumed-1", type: "case.resumed/1", fact: .procedure(.resumed, at: time(1_770_685_500))),
            Golden(
                file: "case.extended-1",
                type: "case.extended/1",
                fact: .procedure(
                    .extended(decision, by: tenDays, authority: "organ-head", reason: "材料多"),
                    at: time(1_770_685_500)
                )
            ),
            Golden(
                file: "case.stage-begun-1",
                type: "case.stage-begun/1",
                fact: .procedure(.stageBegun("现场核查", within: Limit(3, .workingDays)), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.stage-ended-1",
                type: "case.stage-ended/1",
                fact: .procedure(.stageEnded("现场核查"), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.decided-1",
                type: "case.decided/1",
                fact: .procedure(.decided(isGranted: false, reasons: "不符合条件", remedy: "复议或诉讼"), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.delivered-1",
                type: "case.delivered/1",
                fact: .procedure(.delivered(by: nil), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.withdrawn-1",
                type: "case.withdrawn/1",
                fact: .procedure(.withdrawn, at: time(1_770_685_500))
            ),
            Golden(
                file: "case.terminated-1",
                type: "case.terminated/1",
                fact: .procedure(.terminated(reason: "申请人死亡"), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.rated-1",
                type: "case.rated/1",
                fact: .procedure(.rated(.veryDissatisfied, followUp: Limit(15, .workingDays)), at: time(1_770_685_500))
            ),
            Golden(
                file: "case.called-back-1",
                type: "case.called-back/1",
                fact: .procedure(.calledBack, at: time(1_770_685_500))
            ),
        ]
    }
}
