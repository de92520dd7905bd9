/// The time limits of one law, with the counting rules, the powers to extend, the grounds to suspend and the ladders:
/// data, read from YAML, versioned, and pinned to a case when it is accepted. Nothing of a law is wired into the code.
///
/// A class, because one pack goes along with every command: its many members are copied with none of them.
public final class RulePack: Sendable, Hashable {
    /// What a limit in calendar days does when its last day is a day of rest.
    public enum RestDay: String, Sendable, Hashable, CaseIterable {
        /// It ends on the next working day (Civil Code art. 203).
        case nextWorkingDay = "next-working-day"
        /// It ends there all the same.
        case stays
    }

    /// Which days of a pause are not counted.
    public enum PauseCounting: String, Sendable, Hashable, CaseIterable {
        /// The days after the pause day up to and with the day of resumption: the day of an event is never counted.
        case civil
        /// The pause day and those after it, without the day of resumption.
        case halfOpen = "half-open"
    }

    /// A reason for which a clock may stand still.
    public struct Ground: Sendable, Hashable {
        /// Its name in rules and events.
        public let name: String
        /// Its name for people.
        public let title: LocalizedText
    }

    /// A power to prolong a limit, once.
    public struct Extension: Sendable, Hashable {
        /// Who has it.
        public let authority: String
        /// By how much, at most.
        public let limit: Limit
        /// Whether the length is fixed instead.
        public let isFixed: Bool
        /// The article that gives it.
        public let article: LocalizedText
        /// For which kinds of handling; empty for all.
        public let handling: Set<Handling>
    }

    /// How the organs work together on a case (art. 26).
    public enum Handling: String, Sendable, Hashable, CaseIterable {
        /// By one organ.
        case single
        /// Unified (统一办理).
        case unified
        /// Joint (联合办理).
        case joint
        /// Centralised (集中办理).
        case centralised
    }

    /// From where an item's own limit comes.
    public enum ItemLimit: String, Sendable, Hashable, CaseIterable {
        /// From what its law says.
        case statute
        /// From what the centre promises.
        case promise
    }

    /// How long a clock may run.
    public enum Length: Sendable, Hashable {
        /// What the rule says.
        case fixed(Limit)
        /// What the person was told in the case at hand.
        case told
        /// What the item says; without that there is no such clock.
        case itemOnly
    }

    /// One limit of the law.
    public struct Clock: Sendable, Hashable {
        /// Its name.
        public let name: ClockName
        /// Its name for people.
        public let title: LocalizedText
        /// The article that sets it: a number, or words where no law does.
        public let article: LocalizedText
        /// What sets it going.
        public let start: Milestone
        /// What ends it, whichever comes first.
        public let stops: Set<Milestone>
        /// The same two, for comparing.
        let starting: Milestones
        let stopping: Milestones
        /// How long it may run.
        public let length: Length
        /// Which limit of the item takes the place of the length, if the item has one.
        public let itemLimit: ItemLimit?
        /// Other lengths, with their articles, for cases that several organs handle.
        public let handling: [Handling: HandlingLimit]
        /// Whether a suspension stops it.
        public let isSuspendable: Bool
        /// Who may prolong it.
        public let extensions: [Extension]
        /// What its lapse brings about by itself.
        public let lapse: Lapse?
        /// How long somebody may be given at most, where the rule says how long but lets the officer choose.
        public let toldAtMost: Limit?
        /// The ladder that watches it.
        public let ladder: String
    }

    /// Another length for a kind of handling.
    public struct HandlingLimit: Sendable, Hashable {
        /// The length.
        public let limit: Limit
        /// Its article.
        public let article: LocalizedText
    }

    /// What the lapse of a limit brings about.
    public enum Lapse: String, Sendable, Hashable, CaseIterable {
        /// The application counts as accepted from the day of receipt (art. 32(4)).
        case deemedAccepted = "deemed-accepted"
        /// The file goes back: a material that was to follow has not come (容缺受理).
        case fileReturned = "file-returned"
    }

    /// A step of a ladder: when somebody is warned.
    public struct Rung: Sendable, Hashable {
        /// When it is reached.
        public enum Threshold: Sendable, Hashable {
            /// So many percent of the budget are used, or so much is left, whichever comes first.
            case used(percent: Int, orLeft: Limit?)
            /// So long after the due date.
            case afterDue(Limit)
        }
        /// Who is told.
        public enum Addressee: String, Sendable, Hashable, CaseIterable {
            /// The officer with whom the case lies, or those of the unit.
            case holder
            /// The director of the centre.
            case director
            /// The county's supervision office.
            case countySupervision = "county-supervision"
            /// The county's discipline inspection.
            case disciplineInspection = "discipline-inspection"

            /// For people.
            public var title: LocalizedText {
                switch self {
                case .holder: LocalizedText("holder", "承办人")
                case .director: LocalizedText("director", "中心主任")
                case .countySupervision: LocalizedText("county supervision", "县级督查")
                case .disciplineInspection: LocalizedText("discipline inspection", "纪检监察")
                }
            }
        }

        /// Its name: `yellow`, `red`, `director`.
        public let name: String
        /// When.
        public let threshold: Threshold
        /// Who is told; the holder where the pack does not say.
        public let addressee: Addressee
        /// How long an answer may take, from the day on which the rung is due; nil where none is asked for.
        public let answer: Limit?

        init(name: String, threshold: Threshold, addressee: Addressee = .holder, answer: Limit? = nil) {
            (self.name, self.threshold, self.addressee, self.answer) = (name, threshold, addressee, answer)
        }
    }

    /// Its name, as in `cn-licensing`.
    public let code: String
    /// 1, 2, …; a pack that is in force is never changed, a new version is added.
    public let version: Int
    /// SHA-256 of the file's bytes, base64: what a case was pinned to, provably.
    public let digest: String
    /// Its name for people.
    public let title: LocalizedText
    /// The law's name for people.
    public let law: LocalizedText
    /// The code of the legal calendar; nil where no limit counts working days.
    public let calendar: String?
    /// How pauses are counted.
    public let pauses: PauseCounting
    /// What rest days do.
    public let restDay: RestDay
    /// What the steps of a count rest on.
    public let basis: DerivationText.Basis
    /// The clocks, in the order of the file.
    public let clocks: [Clock]
    /// The closed list of grounds.
    public let grounds: [Ground]
    /// The article of that list.
    public let groundsArticle: LocalizedText?
    /// What the obligations that are no clocks rest on.
    public let articles: [Obligation: LocalizedText]
    /// The ladders.
    public let ladders: [String: [Rung]]

    init(
        code: String,
        version: Int,
        digest: String,
        title: LocalizedText,
        law: LocalizedText,
        calendar: String?,
        pauses: PauseCounting,
        restDay: RestDay,
        basis: DerivationText.Basis,
        clocks: [Clock],
        grounds: [Ground],
        groundsArticle: LocalizedText?,
        articles: [Obligation: LocalizedText],
        ladders: [String: [Rung]]
    ) {
        (self.code, self.version, self.digest) = (code, version, digest)
        (self.title, self.law, self.calendar) = (title, law, calendar)
        (self.pauses, self.restDay, self.basis) = (pauses, restDay, basis)
        (self.clocks, self.ladders) = (clocks, ladders)
        (self.grounds, self.groundsArticle, self.articles) = (grounds, groundsArticle, articles)
    }

    /// Packs are the same if their files are.
    public static func == (left: RulePack, right: RulePack) -> Bool { left === right || left.digest == right.digest }

    /// By the file.
    public func hash(into hasher: inout Hasher) { hasher.combine(digest) }

    /// The same pack, of which only some clocks are read. It counts as the pack that it is a part of.
    func part(_ isWanted: (Clock) -> Bool) -> RulePack {
        RulePack(
            code: code,
            version: version,
            digest: digest,
            title: title,
            law: law,
            calendar: calendar,
            pauses: pauses,
            restDay: restDay,
            basis: basis,
            clocks: clocks.filter(isWanted),
            grounds: grounds,
            groundsArticle: groundsArticle,
            articles: articles,
            ladders: ladders
        )
    }

    /// The clock of a name.
    public func clock(_ name: ClockName) -> Clock? { clocks.first { $0.name == name } }
}

/// The name of a clock: `decision`. Lower-case letters and hyphens.
public struct ClockName: RawRepresentable, Sendable, Hashable, Comparable, CustomStringConvertible {
    /// As written.
    public let rawValue: String

    /// A name; nil for an empty one and for other characters.
    public init?(rawValue: String) {
        guard !rawValue.isEmpty, rawValue.utf8.count <= 60,
            rawValue.utf8.allSatisfy({ ($0 >= 0x61 && $0 <= 0x7a) || $0 == 0x2d })
        else { return nil }
        self.rawValue = rawValue
    }

    /// As written.
    public var description: String { rawValue }

    /// By the letters.
    public static func < (left: ClockName, right: ClockName) -> Bool { left.rawValue < right.rawValue }
}

/// What can set a clock going or end it.
public enum Milestone: String, Sendable, Hashable, CaseIterable {
    /// The application came in.
    case received
    /// The one notice of what is missing was given.
    case supplementNoticed = "supplement-noticed"
    /// All that was missing came.
    case supplementReceived = "supplement-received"
    /// Accepted, or counted as accepted.
    case accepted
    /// Acceptance was refused.
    case acceptanceRefused = "acceptance-refused"
    /// The lower body has accepted the case for its preliminary review.
    case reviewAccepted = "review-accepted"
    /// The lower body has handed its opinion up.
    case reviewForwarded = "review-forwarded"
    /// Decided, whichever way.
    case decided
    /// Decided in the applicant's favour.
    case granted
    /// The result has reached the applicant.
    case delivered
    /// A stage of the procedure began.
    case stageBegun = "stage-begun"
    /// It ended.
    case stageEnded = "stage-ended"
    /// The case stands still.
    case suspended
    /// It goes on.
    case resumed
    /// The applicant has taken the application back.
    case withdrawn
    /// The procedure was ended without a decision.
    case terminated
    /// The case was closed.
    case closed
    /// The citizen was not satisfied.
    case ratedPoor = "rated-poor"
    /// Somebody has called the citizen back.
    case calledBack = "called-back"
    /// A material may follow later.
    case materialDeferred = "material-deferred"
    /// It came.
    case materialFollowed = "material-followed"
    /// The applicant asked for a hearing.
    case hearingAsked = "hearing-asked"
    /// It was held.
    case hearingHeld = "hearing-held"
}
