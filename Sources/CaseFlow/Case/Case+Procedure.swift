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
        case rated(Rating, followUp: Limit?)
        /// Somebody called the citizen back.
        case calledBack
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
}

extension Case.ProcedureFact {
    /// Its name in the log, without place and version: `supplement-noticed`.
    public var name: String {
        String(Case.Coding.type(of: self).rawValue.dropFirst("case.".count).prefix { $0 != "/" })
    }

    /// The length that somebody was told with it.
    var told: Limit? {
        switch self {
        case .supplementNoticed(_, let within), .stageBegun(_, let within), .rated(_, let within): within
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
        case .rated(let rating, let within): rating.rawValue + (within.map { ", followed up within \($0)" } ?? "")
        case .reviewAccepted, .reviewForwarded, .resumed, .delivered, .withdrawn, .calledBack: nil
        }
    }
}
