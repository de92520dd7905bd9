import CaseFlow
import EventStore
import WorkingTime

/// The facts of cards, each layout with a golden file.
extension CaseCodingTests {
    static var cards: [Golden] {
        let key = Case.CardKey(ClockName(rawValue: "stage") ?? .other, 2)
        var red = Case.RaisedRung(
            key,
            stage: "review",
            rung: RulePack.Rung.of("red"),
            level: 3,
            rules: "cn-licensing 1",
            limit: Limit(10, .workingDays) ?? .none,
            startedOn: SmallTown.day("2026-02-10"),
            basedOn: 4711,
            holder: Case.CardHolder(unit: "forest", role: .reviewer, officer: "gy-1", deputy: "gy-2", isAway: true),
            cause: Case.CardCause(.work, task: "review", since: time(1_770_685_500).timestamp),
            addressee: Case.CardAddressee(.holder, unit: "forest", persons: [.init("gy-2", for: "gy-1")])
        )
        (red.dueOn, red.dueAt) = (SmallTown.day("2026-03-02"), time(1_772_000_000).timestamp)
        (red.isProvisional, red.calendar, red.calendarVersion) = (true, "cn", 12)
        red.answerBy = SmallTown.day("2026-03-06")
        let plain = Case.RaisedRung(
            Case.CardKey(ClockName(rawValue: "decision") ?? .other),
            rung: RulePack.Rung.of("yellow"),
            level: 2,
            rules: "nl-wabo 1",
            limit: Limit(8, .calendarWeeks) ?? .none,
            startedOn: SmallTown.day("2026-02-10"),
            basedOn: 1,
            holder: Case.CardHolder(unit: ""),
            cause: Case.CardCause(.unknown),
            addressee: Case.CardAddressee(.holder, unit: "")
        )
        var two = plain
        two.holder = Case.CardHolder(unit: "forest", role: .reviewer, officer: "gy-1", also: ["gy-3"])
        let standing = Standing(
            officer: "gy-1",
            unit: "forest",
            role: .reviewer,
            post: PostCode("forest", ShortName(trusted: "r-1"))
        )
        return [
            Golden(file: "card.raised-1", type: "card.raised/1", fact: .card(.raised(red), at: time(1_772_500_000))),
            Golden(
                file: "card.raised-1-plain",
                type: "card.raised/1",
                fact: .card(.raised(plain), at: time(1_772_500_000))
            ),
            Golden(
                file: "card.raised-1-two",
                type: "card.raised/1",
                fact: .card(.raised(two), at: time(1_772_500_000))
            ),
            Golden(
                file: "card.answered-1",
                type: "card.answered/1",
                fact: .card(.answered(key, .init(.otherUnit, text: "等县局答复")), at: time(1_772_600_000)),
                by: standing
            ),
            Golden(
                file: "card.withdrawn-1",
                type: "card.withdrawn/1",
                fact: .card(.withdrawn(key, reason: "the hall was flooded"), at: time(1_772_600_000)),
                by: standing
            ),
        ]
    }
}
