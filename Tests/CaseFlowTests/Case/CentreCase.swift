import CaseFlow
import EventStore
import WorkingTime

/// A case of the catalogue, told step by step through the decider. It begins on Monday, 2 March 2026, at nine, and every
/// step is ten minutes later than the one before unless a day is named.
struct CentreCase {
    /// Who works on it.
    enum Hand: String, CaseIterable {
        case window, agent, reviewer, reviewer2, approver, keeper, director, county, inspector

        var standing: Standing {
            func stand(_ unit: String, _ role: OfficerRole) -> Standing {
                let unit = UnitCode(trusted: unit)
                return Standing(
                    officer: OfficerID(trusted: rawValue),
                    unit: unit,
                    role: role,
                    post: PostCode(unit, ShortName(trusted: rawValue))
                )
            }
            return switch self {
            case .window: stand("hall", .window)
            case .agent: stand("v01", .agent)
            case .reviewer, .reviewer2: stand("forest", .reviewer)
            case .approver: stand("forest", .approver)
            case .keeper: stand("hall", .sealKeeper)
            case .director: stand("hall", .director)
            case .county: stand("county-forest", .approver)
            case .inspector: stand("hall", .inspector)
            }
        }
    }

    private(set) var state = Case.initial
    private(set) var events: [Case.Event] = []
    private(set) var ledger = CaseLedger()
    private(set) var at: ZonedTime
    let version: CatalogueBook.Version
    let rules: RulePack
    /// Those that the law knows of.
    var serviceCalendars: [String] = []

    /// A felling licence: village, then two verifiers beside a reviewer, then the decision, which is sealed.
    static func felling() throws -> CentreCase { try CentreCase(SmallCatalogue.item()) }

    /// The same, and it costs something.
    static func costing(_ fen: Int) throws -> CentreCase {
        var item = try SmallCatalogue.item()
        item.fee = ServiceItem.Fee(fen: fen, basis: LocalizedText("a regulation", "条例"))
        return try CentreCase(item)
    }

    /// The same matter, decided by the county: review here, then the papers go up.
    static func forwarded() throws -> CentreCase {
        var item = try SmallCatalogue.item()
        item.category = .preliminaryReview
        item.seal = nil
        let forest = ServiceItem.Place.unit(UnitCode(trusted: "forest"))
        item.stages = [
            .init(ShortName(trusted: "review"), .preliminaryReview, at: forest, by: .reviewer),
            .init(
                ShortName(trusted: "county"),
                .forwarding,
                at: .unit(UnitCode(trusted: "county-forest")),
                by: .approver,
                after: [ShortName(trusted: "review")]
            ),
        ]
        return try CentreCase(item)
    }

    init(_ item: ServiceItem, rules own: RulePack? = nil) throws {
        rules = try own ?? TownshipCase.rules.get()
        let start = try moment("2026-03-02")
        at = start
        version = CatalogueBook.Version(
            number: 1,
            item: item,
            digest: item.digest,
            knownSince: start.timestamp,
            enteredBy: Actor(trusted: "officer/x")
        )
    }

    var law: Case.Law { get throws { try law(on: at.localDate) } }

    func law(on day: CivilDate) throws -> Case.Law {
        Case.Law(
            rules,
            calendar: try Self.calendar.get(),
            serviceCalendars: serviceCalendars,
            today: day,
            version: version
        )
    }

    private static let calendar = Result { try TownshipCase.calendars.get().latest }

    /// Both materials were handed in.
    static let all = ["card", "title"]

    func opening(
        _ materials: [String] = CentreCase.all,
        through channel: ServiceItem.Channel = .window,
        by hand: Hand = .window
    ) -> Case.Opening {
        Case.Opening(
            CaseNumber(trusted: "C-1"),
            pin: Case.RulePin(rules, version: version, serviceCalendar: nil),
            intake: Case.Intake(
                channel: channel,
                place: hand.standing.unit,
                village: UnitCode(trusted: "v01"),
                materials: materials,
                visit: VisitID(trusted: "v-1")
            ),
            by: hand.standing
        )
    }

    @discardableResult
    mutating func receive(_ materials: [String] = CentreCase.all, by hand: Hand = .window) throws -> [Case.Event] {
        try take(.open(opening(materials, by: hand), at: at, under: law))
    }

    /// Goes to nine o'clock of a day.
    mutating func go(to day: String) throws { at = try moment(day) }

    /// Lets time go by.
    mutating func wait(minutes: Int) throws {
        let later = ZonedTime(
            microsecondsSinceEpoch: at.microsecondsSinceEpoch + Int64(minutes) * 60_000_000,
            offsetSeconds: at.offsetSeconds
        )
        guard let later else { throw NoInstant(text: "\(minutes) minutes after \(at)") }
        at = later
    }

    /// Gives a command ten minutes later.
    @discardableResult
    mutating func give(_ command: (ZonedTime, Case.Law) -> Case.Command) throws -> [Case.Event] {
        try wait(minutes: 10)
        return try take(command(at, law))
    }

    /// Records a fact by somebody's hand.
    @discardableResult
    mutating func on(_ fact: Case.ProcedureFact, by hand: Hand) throws -> [Case.Event] {
        try give { .record(fact, at: $0, under: $1, by: hand.standing) }
    }

    /// Gives a command at the present moment; the same command again is then so already.
    @discardableResult
    mutating func take(_ command: Case.Command) throws -> [Case.Event] {
        let new = try Case.decide(command, state)
        for event in new {
            Case.evolve(&state, event)
            ledger.take(event, recordedAt: at.timestamp.advanced(byMicroseconds: 1_000_000))
            events.append(event)
        }
        return new
    }
}

/// The facts of the tests, short.
extension Case.ProcedureFact {
    static let accept = Case.ProcedureFact.accepted(isDeemed: false)
    static let grant = Case.ProcedureFact.decided(isGranted: true, reasons: "", remedy: "")
    static let deny = Case.ProcedureFact.decided(isGranted: false, reasons: "no title", remedy: "reconsideration")
    static func sign(_ stage: String, _ finding: Case.Finding = .agreement) -> Case.ProcedureFact {
        .stageSigned(stage: stage, finding, remark: finding == .objection ? "boundary unclear" : "")
    }
    static func seal(_ hand: CentreCase.Hand = .keeper, matter: String = "approval") -> Case.ProcedureFact {
        .sealed(
            Case.SealUse(
                matter: ShortName(trusted: matter),
                document: String(repeating: "A", count: 43) + "=",
                keeper: hand.standing.officer
            )
        )
    }
    static let issue = Case.ProcedureFact.issued(Case.Issue(result: "licence"))
    static func fee(_ fen: Int, _ receipt: String? = nil) -> Case.ProcedureFact {
        guard let charge = Case.FeeCharge(fen: fen, receipt: receipt) else {
            preconditionFailure("a constant of the test")
        }
        return .feeCharged(charge)
    }
    static func back(_ from: String, to: String) -> Case.ProcedureFact {
        .returned(from: from, to: to, reason: "a page is missing", undone: [])
    }
}
