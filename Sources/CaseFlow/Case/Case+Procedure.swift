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
        /// A stage began, with the time that its procedure gives it, and with whom it lies.
        case stageBegun(String, within: Limit?, with: StageSeat? = nil)
        /// A stage ended.
        case stageEnded(String)
        /// Decided. A denial says why, and what the applicant can do about it.
        case decided(isGranted: Bool, reasons: String, remedy: String)
        /// The result reached the applicant; how, where that is known.
        case delivered(by: Delivery?)
        /// The applicant took the application back.
        case withdrawn
        /// The procedure was ended without a decision.
        case terminated(reason: String)
        /// The citizen's word on how the case was handled.
        case rated(Rating, followUp: Limit?)
        /// Somebody called the citizen back.
        case calledBack

        // What the service knows beside the law. These are of cases of the catalogue.

        /// What could be mended at the window was mended there: no notice (art. 32(3)).
        case correctedOnSpot(String)
        /// A material of lesser weight may follow, within a time that was promised (容缺受理).
        case materialDeferred(String, within: Limit)
        /// It came.
        case materialFollowed(String)
        /// It did not come in time, and the file goes back: the case ends.
        case fileReturned(String)
        /// Who is to do a stage. Somebody who names themselves claims it.
        case assigned(stage: String, to: OfficerID)
        /// Another officer goes on with it.
        case handedOver(stage: String, from: OfficerID, to: OfficerID, reason: String)
        /// What an officer found. The stage ends when all have signed whom it takes, or with an objection.
        case stageSigned(stage: String, Finding, remark: String)
        /// Back for rework: the earlier stage and all that waited for it are undone.
        case returned(from: String, to: String, reason: String, undone: [String])
        /// The papers went up.
        case forwarded(stage: String, to: UnitCode, reference: String)
        /// What the county answered.
        case answered(stage: String, Answer, reference: String, reasons: String, remedy: String)
        /// The applicant asked for a hearing (art. 47).
        case hearingAsked
        /// The day of the hearing was told, seven days before at least (art. 48).
        case hearingAnnounced(on: CivilDate)
        /// It was held, chaired by who records it.
        case hearingHeld
        /// The applicant does without the hearing that was asked for.
        case hearingWaived
        /// The director declares that one person may do both.
        case exceptionDeclared(Separation, reason: String)
        /// The seal was used on the decision.
        case sealed(SealUse)
        /// The result was made out.
        case issued(Issue)
        /// The citizen came for the case.
        case visited(VisitID)
        /// The citizen was charged a fee. What was charged is recorded, whether the item has such a fee or not: inspection
        /// finds what has none.
        case feeCharged(FeeCharge)
        /// Somebody complained. The text names nobody.
        case complained(reference: String, about: String)
        /// The complaint was answered.
        case complaintAnswered(reference: String, isUpheld: Bool, answer: String)
        /// An event of the case's stream, by its number there, was recorded wrongly; what is right. It stays as it is.
        case recordCorrected(event: Int, text: String)
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
        case .supplementNoticed(_, let within), .stageBegun(_, let within, _), .rated(_, let within): within
        case .suspended(_, let told), .materialDeferred(_, let told): told
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
        case .stageBegun(let stage, let within, let seat):
            stage + (seat.map { ", \($0.role.rawValue) of \($0.unit)" } ?? "") + (within.map { ", within \($0)" } ?? "")
        case .stageEnded(let stage): stage
        case .decided(let isGranted, let reasons, _): isGranted ? "granted" : "denied: \(reasons)"
        case .terminated(let reason): reason
        case .rated(let rating, let within): rating.rawValue + (within.map { ", followed up within \($0)" } ?? "")
        case .delivered(let way): way?.rawValue
        case .correctedOnSpot(let what): what
        case .materialDeferred(let name, let within): "\(name), within \(within)"
        case .materialFollowed(let name), .fileReturned(let name): name
        case .assigned(let stage, let officer): "\(stage) to \(officer)"
        case .handedOver(let stage, let from, let to, let reason): "\(stage) from \(from) to \(to): \(reason)"
        case .stageSigned(let stage, let finding, let remark):
            "\(stage): \(finding.rawValue)" + (remark.isEmpty ? "" : ", \(remark)")
        case .returned(let from, let to, let reason, _): "from \(from) to \(to): \(reason)"
        case .forwarded(let stage, let unit, let reference): "\(stage) to \(unit), \(reference)"
        case .answered(let stage, let answer, let reference, _, _): "\(stage): \(answer.rawValue), \(reference)"
        case .hearingAnnounced(let day): "on \(day)"
        case .exceptionDeclared(let separation, let reason): "\(separation.rawValue): \(reason)"
        case .sealed(let use): "\(use.matter), by \(use.keeper)"
        case .issued(let issue): issue.result
        case .visited(let visit): visit.rawValue
        case .feeCharged(let charge): charge.words[.english]
        case .complained(let reference, let about): "\(reference): \(about)"
        case .complaintAnswered(let reference, let isUpheld, _): "\(reference): \(isUpheld ? "upheld" : "not upheld")"
        case .recordCorrected(let event, let text): "event \(event): \(text)"
        case .reviewAccepted, .reviewForwarded, .resumed, .withdrawn, .calledBack, .hearingAsked, .hearingHeld,
            .hearingWaived:
            nil
        }
    }
}
