import EventStore
import WorkingTime

extension Case {
    /// What can happen in the procedure of the law, from the receipt of an application to its follow-up. Every one has a
    /// moment: when it took effect, as the officer says; the log adds when it was recorded.
    public enum ProcedureFact: Sendable, Hashable {
        /// From here on the case goes by this version of these rules.
        case rulesPinned(RulePin)
        /// The applicant was told what is missing, all of it, once.
        case supplementNoticed(materials: [String], within: Limit?)
        /// The applicant handed in what was missing, all of it or not.
        case supplementReceived(materials: [String], isComplete: Bool)
        /// The application was accepted; or it counts as accepted because nobody said anything in time.
        case accepted(isDeemed: Bool)
        /// The application was not accepted.
        case acceptanceRefused(RefusalGround, competentBody: String?, reason: String)
        /// The lower body accepted the case for its preliminary review.
        case reviewAccepted
        /// The lower body handed its opinion up.
        case reviewForwarded
        /// The case stands still, for as long as the applicant was told.
        case suspended(ground: String, told: Limit)
        /// It goes on.
        case resumed
        /// A limit was prolonged.
        case extended(ClockName, by: Limit, authority: String, reason: String)
        /// A stage began, with the time that its procedure gives it.
        case stageBegun(String, within: Limit?)
        /// A stage ended.
        case stageEnded(String)
        /// Decided. A denial says why, and what the applicant can do about it.
        case decided(isGranted: Bool, reasons: String, remedy: String)
        /// The result reached the applicant.
        case delivered
        /// The applicant took the application back.
        case withdrawn
        /// The procedure was ended without a decision.
        case terminated(reason: String)
        /// The citizen's word on how the case was handled.
        case rated(Rating)
        /// Somebody called the citizen back.
        case calledBack
    }

    /// Which rules a case goes by, and what its item adds to them. Pinned: a later version does not touch it.
    public struct RulePin: Sendable, Hashable {
        /// The pack's name.
        public var pack: String
        /// The pack's version.
        public var version: Int
        /// SHA-256 of the pack's file, base64: what exactly was pinned.
        public var digest: String
        /// The code of the service item; nil if none is named.
        public var item: String?
        /// How the organs work together on it.
        public var handling: RulePack.Handling
        /// The limit that the item's own law sets.
        public var statute: Limit?
        /// The limit that the centre promises for it.
        public var promise: Limit?
        /// The service calendar that limits in minutes of service are counted by; nil where the case has none.
        public var serviceCalendar: String?

        /// A pin.
        public init(
            _ pack: RulePack,
            item: String? = nil,
            handling: RulePack.Handling = .single,
            statute: Limit? = nil,
            promise: Limit? = nil,
            serviceCalendar: String? = nil
        ) {
            self.init(
                pack: pack.code,
                version: pack.version,
                digest: pack.digest,
                item: item,
                handling: handling,
                statute: statute,
                promise: promise,
                serviceCalendar: serviceCalendar
            )
        }

        /// A pin, member by member.
        public init(
            pack: String,
            version: Int,
            digest: String,
            item: String?,
            handling: RulePack.Handling,
            statute: Limit?,
            promise: Limit?,
            serviceCalendar: String? = nil
        ) {
            self.pack = pack
            self.version = version
            self.digest = digest
            self.item = item
            self.handling = handling
            self.statute = statute
            self.promise = promise
            self.serviceCalendar = serviceCalendar
        }
    }

    /// Why an application is not accepted (Licensing Law art. 32(1)).
    public enum RefusalGround: String, Sendable, Hashable, CaseIterable {
        /// No licence is needed for this: 32(1)(1).
        case notNeeded = "no-licence-needed"
        /// Another body has the power: 32(1)(2). It must be named.
        case notOurPower = "not-our-power"
        /// What was missing did not come in time, or not all of it.
        case notSupplemented = "not-supplemented"
    }

    /// The five grades of the rating (好差评).
    public enum Rating: String, Sendable, Hashable, CaseIterable {
        /// 非常满意
        case verySatisfied = "very-satisfied"
        /// 满意
        case satisfied
        /// 基本满意
        case fairlySatisfied = "fairly-satisfied"
        /// 不满意
        case dissatisfied
        /// 非常不满意
        case veryDissatisfied = "very-dissatisfied"

        /// Whether somebody must call the citizen back.
        public var isPoor: Bool { self == .dissatisfied || self == .veryDissatisfied }
    }

    /// The law as it stands for a decision: the pinned rules, the legal calendar that is known, and the day.
    public struct Law: Sendable {
        /// The rules.
        public var rules: RulePack
        /// The legal calendar; nil where the rules count no working days.
        public var calendar: WorkCalendar?
        /// The names of the local service calendars.
        public var serviceCalendars: [String]
        /// The local day on which the decision is made.
        public var today: CivilDate

        /// The law.
        public init(_ rules: RulePack, calendar: WorkCalendar?, serviceCalendars: [String] = [], today: CivilDate) {
            self.rules = rules
            self.calendar = calendar
            self.serviceCalendars = serviceCalendars
            self.today = today
        }
    }

    /// How far a case's procedure has come: what later decisions of the law depend on.
    public struct Progress: Sendable, Hashable {
        /// A notice of what is missing.
        public struct Notice: Sendable, Hashable {
            /// When.
            public var at: ZonedTime
            /// What.
            public var materials: [String]
        }
        /// A suspension that has not ended.
        public struct Suspension: Sendable, Hashable {
            /// When.
            public var at: ZonedTime
            /// Why.
            public var ground: String
            /// For how long, as told.
            public var told: Limit
        }
        /// An extension that was recorded.
        public struct Extension: Sendable, Hashable {
            /// When.
            public var at: ZonedTime
            /// Of which clock.
            public var clock: ClockName
            /// By how much.
            public var by: Limit
            /// By whom.
            public var authority: String
        }

        /// The rules that the case goes by.
        public var pin: RulePin?
        /// The notices of what is missing. More than one is a finding.
        public var notices: [Notice] = []
        /// When all that was missing had come.
        public var completedAt: ZonedTime?
        /// When it was accepted.
        public var acceptedAt: ZonedTime?
        /// Whether it only counts as accepted.
        public var isDeemed = false
        /// When acceptance was refused.
        public var refusedAt: ZonedTime?
        /// The preliminary review, begun and handed up.
        public var reviewAcceptedAt, reviewForwardedAt: ZonedTime?
        /// The suspension that lasts.
        public var suspension: Suspension?
        /// The extensions.
        public var extensions: [Extension] = []
        /// When the case last went on after a suspension.
        public var resumedAt: ZonedTime?
        /// The stages that have begun and not ended, each with its beginning.
        public var openStages: [String: ZonedTime] = [:]
        /// When it was decided, and how.
        public var decidedAt: ZonedTime?
        /// Nil before the decision.
        public var isGranted: Bool?
        /// When the result reached the applicant.
        public var deliveredAt: ZonedTime?
        /// When it ended without a decision: withdrawn or terminated.
        public var abandonedAt: ZonedTime?
        /// What the citizen said, and when.
        public var rating: Rating?
        /// Nil before the rating.
        public var ratedAt: ZonedTime?
        /// When the citizen was called back.
        public var calledBackAt: ZonedTime?

        /// Nothing yet.
        public init() {}
    }
}

extension Case.ProcedureFact {
    /// Its name in the log, without place and version: `supplement-noticed`.
    public var name: String {
        String(Case.Coding.type(of: self).rawValue.dropFirst("case.".count).prefix { $0 != "/" })
    }

    /// The length that somebody was told with it.
    var told: Limit? {
        switch self {
        case .supplementNoticed(_, let within), .stageBegun(_, let within): within
        case .suspended(_, let told): told
        default: nil
        }
    }

    /// What it says beside its name, in one line; nil if nothing.
    public var details: String? {
        switch self {
        case .rulesPinned(let pin):
            [
                pin.name, pin.item, pin.promise.map { "promise \($0)" },
                pin.serviceCalendar.map { "service calendar \($0)" },
            ].compactMap { $0 }.joined(separator: ", ")
        case .supplementNoticed(let materials, let within):
            materials.joined(separator: ", ") + (within.map { ", within \($0)" } ?? "")
        case .supplementReceived(let materials, let isComplete):
            (materials + [isComplete ? "complete" : "not all"]).joined(separator: ", ")
        case .accepted(let isDeemed): isDeemed ? "nobody said in time what was missing" : nil
        case .acceptanceRefused(let ground, let body, let reason):
            [ground.rawValue, body, reason].compactMap { $0 }.joined(separator: ", ")
        case .suspended(let ground, let told): "\(ground), told \(told)"
        case .extended(let clock, let by, let authority, let reason): "\(clock) by \(by), \(authority): \(reason)"
        case .stageBegun(let stage, let within): stage + (within.map { ", within \($0)" } ?? "")
        case .stageEnded(let stage): stage
        case .decided(let isGranted, let reasons, _): isGranted ? "granted" : "denied: \(reasons)"
        case .terminated(let reason): reason
        case .rated(let rating): rating.rawValue
        case .reviewAccepted, .reviewForwarded, .resumed, .delivered, .withdrawn, .calledBack: nil
        }
    }
}

extension Case.Progress {
    /// What a fact of the procedure does to it. Released meanings do not change.
    mutating func take(_ fact: Case.ProcedureFact, at: ZonedTime) {
        switch fact {
        case .rulesPinned(let pin): self.pin = pin
        case .supplementNoticed(let materials, _): notices.append(Notice(at: at, materials: materials))
        case .supplementReceived(_, let isComplete): if isComplete { completedAt = at }
        case .accepted(let isDeemed): (acceptedAt, self.isDeemed) = (at, isDeemed)
        case .acceptanceRefused: refusedAt = at
        case .reviewAccepted: reviewAcceptedAt = at
        case .reviewForwarded: reviewForwardedAt = at
        case .suspended(let ground, let told): suspension = Suspension(at: at, ground: ground, told: told)
        case .resumed: (suspension, resumedAt) = (nil, at)
        case .extended(let clock, let by, let authority, _):
            extensions.append(Extension(at: at, clock: clock, by: by, authority: authority))
        case .stageBegun(let stage, _): openStages[stage] = at
        case .stageEnded(let stage): openStages[stage] = nil
        case .decided(let isGranted, _, _): (decidedAt, self.isGranted) = (at, isGranted)
        case .delivered: deliveredAt = at
        case .withdrawn, .terminated: abandonedAt = at
        case .rated(let rating): (self.rating, ratedAt, calledBackAt) = (rating, at, nil)
        case .calledBack: calledBackAt = at
        }
    }
}
