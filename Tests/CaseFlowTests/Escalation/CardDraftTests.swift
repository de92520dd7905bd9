import EventStore
import Testing
import WorkingTime

@testable import CaseFlow

/// Whom a card names, and whom it is told to.
@Suite("Holders and addressees of cards")
struct CardDraftTests {
    private static let today = SmallTown.day("2026-03-17")

    static func task(
        _ act: String = "sign",
        _ assignee: OfficerID? = "o-3",
        isWaiting: Bool = false,
        watched: String? = "papers"
    )
        -> CardDraft.Task
    {
        .init(
            name: "papers",
            act: act,
            unit: SmallTown.department,
            role: .reviewer,
            assignee: assignee,
            since: SmallTown.moment,
            isWaiting: isWaiting,
            watched: watched
        )
    }

    static func draft(_ tasks: [CardDraft.Task], stage: String? = nil, isOpen: Bool = true) -> CardDraft {
        CardDraft(
            key: Case.CardKey(ClockName(rawValue: "promise") ?? .other),
            stage: stage,
            rules: "cn-licensing 1",
            limit: Limit(10, .workingDays) ?? .none,
            startedOn: today,
            dueOn: today,
            dueAt: nil,
            isProvisional: false,
            calendar: "cn",
            calendarVersion: 3,
            basedOn: 9,
            isOpen: isOpen,
            unit: "hall",
            officer: nil,
            tasks: tasks
        )
    }

    private static func raised(_ draft: CardDraft, _ rung: String, absent: OfficerID? = nil) throws -> Case.RaisedRung {
        var book = try SmallTown.book()
        if let absent {
            let days = Officer.Absence(from: today, through: today, reason: .leave)
            try SmallTown.take(.absent(days), of: absent, SmallTown.moment, &book)
        }
        return draft.rung(RulePack.Rung.of(rung), level: 3, in: book.latest, on: today, answerBy: today)
    }

    @Test func `the officer who has the task is named with the deputy of the post, and told`() throws {
        let red = try Self.raised(Self.draft([Self.task()]), "red")
        #expect(red.holder == Case.CardHolder(unit: "aid", role: .reviewer, officer: "o-3", deputy: "o-4"))
        #expect(red.cause == Case.CardCause(.work, task: "papers", since: SmallTown.moment))
        #expect(red.addressee == Case.CardAddressee(.holder, unit: "aid", persons: [.init("o-3")]))
        #expect(red.answerBy == Self.today)
        #expect(try Self.raised(Self.draft([Self.task()]), "yellow").answerBy == nil)
    }

    @Test func `while A is away B is told, and both are named`() throws {
        let red = try Self.raised(Self.draft([Self.task()]), "red", absent: "o-3")
        #expect(
            red.holder == Case.CardHolder(unit: "aid", role: .reviewer, officer: "o-3", deputy: "o-4", isAway: true)
        )
        #expect(red.addressee.persons == [.init("o-4", for: "o-3")])
        let director = try Self.raised(Self.draft([Self.task()]), "director", absent: "o-1")
        #expect(director.addressee == Case.CardAddressee(.director, unit: "hall", persons: [.init("o-2", for: "o-1")]))
    }

    @Test func `what lies open is told to all who may act there; an only post is its holder's`() throws {
        let open = try Self.raised(Self.draft([Self.task("sign", nil)]), "red")
        #expect(open.holder == Case.CardHolder(unit: "aid", role: .reviewer))
        #expect(open.addressee.persons == [.init("o-3"), .init("o-4")])
        var task = Self.task("sign", nil)
        (task.unit, task.role) = (SmallTown.village, .agent)
        let village = try Self.raised(Self.draft([task]), "red")
        #expect(village.holder == Case.CardHolder(unit: "v01", role: .agent, officer: "o-9"))
    }

    @Test func `the county's rungs go to the county, which has no inspector here`() throws {
        let red = try Self.raised(Self.draft([Self.task()]), "discipline-inspection")
        #expect(red.addressee == Case.CardAddressee(.disciplineInspection, unit: "123456"))
    }

    @Test func `a stage's own task is meant, else the one that has lain longest, what waits for others last`() throws {
        var (other, waiting) = (Self.task(watched: "visit"), Self.task(isWaiting: true, watched: "x"))
        (other.name, other.since) = ("visit", SmallTown.moment.advanced(byMicroseconds: 1))
        (waiting.name, waiting.since) = ("follow x", .earliest)
        let tasks = [waiting, other, Self.task()]
        #expect(try Self.raised(Self.draft(tasks, stage: "visit"), "red").cause.task == "visit")
        #expect(try Self.raised(Self.draft(tasks), "red").cause.task == "papers")
    }

    @Test(arguments: [
        ("answer", false, Case.CardCause.Kind.county), ("supplement", true, .applicant), ("follow", true, .applicant),
        ("sign", true, .suspension), ("sign", false, .work),
    ])
    func `the cause is one of a closed list`(act: String, isWaiting: Bool, kind: Case.CardCause.Kind) throws {
        #expect(try Self.raised(Self.draft([Self.task(act, isWaiting: isWaiting)]), "red").cause.kind == kind)
    }

    @Test func `what had ended, and what nobody has, says so`() throws {
        #expect(try Self.raised(Self.draft([Self.task()], isOpen: false), "red").cause == Case.CardCause(.ended))
        let unknown = try Self.raised(Self.draft([]), "director")
        #expect(unknown.cause == Case.CardCause(.unknown))
        #expect(unknown.addressee.persons == [.init("o-1")])
    }

    @Test func `two who verify are both named and told`() throws {
        let (one, other) = (Self.task("sign", "o-4"), Self.task("sign", "o-3"))
        let red = try Self.raised(Self.draft([one, other]), "red")
        #expect(red.holder.officer == "o-3" && red.holder.also == ["o-4"])
        #expect(red.addressee.persons == [.init("o-3"), .init("o-4")])
        #expect(red.named == ["o-3", "o-4"])
    }

    @Test func `who has left for good is held to it, and the post is told`() throws {
        var book = try SmallTown.book()
        try SmallTown.take(.leave(from: Self.today), of: "o-3", SmallTown.moment, &book)
        let red = Self.draft([Self.task()]).rung(
            RulePack.Rung.of("red"),
            level: 3,
            in: book.latest,
            on: Self.today,
            answerBy: Self.today
        )
        #expect(red.holder.officer == "o-3" && red.holder.isAway)
        // Of the one post B, for o-3 who is still its A; of the other A.
        #expect(red.addressee.persons == [.init("o-4", for: "o-3"), .init("o-4")])
    }

    @Test func `while A is away, B sees what A was told, and only then`() throws {
        var book = try SmallTown.book()
        let later = try CivilDate("2026-03-20")
        try SmallTown.take(
            .absent(.init(from: later, through: later, reason: .sick)),
            of: "o-1",
            SmallTown.moment,
            &book
        )
        #expect(book.latest.standIns(of: "o-2", on: later) == ["o-1", "o-2"])
        #expect(book.latest.standIns(of: "o-2", on: Self.today) == ["o-2"])
        // Nobody who is away stands in for anybody.
        #expect(book.latest.standIns(of: "o-1", on: later) == ["o-1"])
    }

    @Test func `what is somebody's own lies there since it was assigned or handed over`() throws {
        var file = try CentreCase.felling()
        try file.receive()
        try file.on(.accept, by: .window)
        try file.on(.sign("village"), by: .agent)
        let begun = file.at
        try file.go(to: "2026-03-04")
        try file.on(.assigned(stage: "papers", to: "reviewer"), by: .director)
        let assigned = file.at
        func since() -> [String: ZonedTime] {
            Dictionary(Case.tasks(file.state).map { ("\($0.name) \($0.assignee?.rawValue ?? "-")", $0.since) }) {
                first,
                _ in
                first
            }
        }
        #expect(since() == ["papers reviewer": assigned, "visit -": begun])
        try file.go(to: "2026-03-06")
        try file.on(.handedOver(stage: "papers", from: "reviewer", to: "reviewer2", reason: "leave"), by: .director)
        #expect(since()["papers reviewer2"] == file.at && since()["papers reviewer"] == nil)
    }
}
