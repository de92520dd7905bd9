/// What a rejection rests on: a rule of the law, whose article the pinned rule pack names, or a rule of the centre's
/// service.
public enum Obligation: String, Sendable, Hashable, CaseIterable {
    // MARK: Of the law

    /// Acceptance or its refusal, in writing and with the ground.
    case acceptance
    /// A refusal for lack of power names the body that has it.
    case competentBody = "competent-body"
    /// What can be mended at the window is mended there.
    case correctionOnTheSpot = "correction-on-the-spot"
    /// All that is missing, said once and in time.
    case oneNotice = "one-notice"
    /// Seals and powers that were delegated are not delegated again.
    case delegation
    /// What must be verified on site takes two officers.
    case twoOfficers = "two-officers"
    /// A denial states its reasons and the remedy.
    case denial
    /// The result carries the seal.
    case seal
    /// Decided within the limit, which is prolonged once.
    case timeLimit = "time-limit"
    /// The lower body reviews, the upper one decides.
    case preliminaryReview = "preliminary-review"
    /// The result reaches the applicant.
    case delivery
    /// Clocks stand still for the listed grounds only.
    case suspension
    /// A hearing: asked for in time, and held before the decision.
    case hearing
    /// A hearing is announced seven days before, and held on the announced day.
    case hearingNotice = "hearing-notice"
    /// Who chairs a hearing has not reviewed the case.
    case hearingChair = "hearing-chair"
    /// A procedure that ends without a decision.
    case termination
    /// No fee, unless a law or an administrative regulation says so.
    case fee
    /// A fee by the published item and standard, and no more.
    case feeStandard = "fee-standard"

    // MARK: Of the service

    /// The procedure of the item (办理流程).
    case procedure
    /// What the catalogue says of the item (事项清单).
    case catalogue
    /// Powers are bound to a post in a unit (岗位职责).
    case post
    /// A and B posts (AB 岗).
    case deputy
    /// Approver, seal keeper and acceptor are three persons (职责分离).
    case separation
    /// Material that may follow (容缺受理).
    case deferredMaterial = "deferred-material"
    /// Who asks first stays the first contact (首问负责制), and one window takes it all (一窗受理).
    case oneWindow = "one-window"
    /// The citizen's rating (好差评).
    case rating
    /// What has happened is recorded as it happened (如实留痕).
    case record
    /// Personal data stay in the vault (个人信息保护).
    case privacy

    /// For people.
    public var title: LocalizedText {
        switch self {
        case .acceptance: LocalizedText("acceptance in writing", "书面受理")
        case .competentBody: LocalizedText("the competent body is named", "告知有权机关")
        case .correctionOnTheSpot: LocalizedText("correction on the spot", "当场更正")
        case .oneNotice: LocalizedText("one notice", "一次性告知")
        case .delegation: LocalizedText("no re-delegation", "不得转委托")
        case .twoOfficers: LocalizedText("two officers verify", "两人核查")
        case .denial: LocalizedText("reasons and remedy", "说明理由与救济途径")
        case .seal: LocalizedText("the seal", "用印")
        case .timeLimit: LocalizedText("time limit", "限时办结")
        case .preliminaryReview: LocalizedText("preliminary review", "初审转报")
        case .delivery: LocalizedText("delivery", "颁发送达")
        case .suspension: LocalizedText("time not counted", "不计入期限")
        case .hearing: LocalizedText("hearing", "听证")
        case .hearingNotice: LocalizedText("the hearing is announced", "听证通知")
        case .hearingChair: LocalizedText("the chair is not the reviewer", "听证主持人回避")
        case .termination: LocalizedText("termination", "终止办理")
        case .fee: LocalizedText("no fee without a ground", "不得违规收费")
        case .feeStandard: LocalizedText("fees by the published standard", "按公布标准收费")
        case .procedure: LocalizedText("the item's procedure", "办理流程")
        case .catalogue: LocalizedText("the catalogue", "事项清单")
        case .post: LocalizedText("powers are bound to a post", "岗位职责")
        case .deputy: LocalizedText("A and B posts", "AB岗")
        case .separation: LocalizedText("separation of duties", "职责分离")
        case .deferredMaterial: LocalizedText("material that may follow", "容缺受理")
        case .oneWindow: LocalizedText("one window, first contact", "一窗受理、首问负责")
        case .rating: LocalizedText("rating", "好差评")
        case .record: LocalizedText("a true record", "如实留痕")
        case .privacy: LocalizedText("protection of personal data", "个人信息保护")
        }
    }
}

extension RulePack {
    /// What a obligation rests on under these rules: `art. 32(4)`, or the name of the rule.
    public func citation(of obligation: Obligation, in language: Language = .english) -> String {
        guard let article = articles[obligation]?[language] else {
            return language == .chinese ? obligation.title[.chinese] : "rule: \(obligation.title[.english])"
        }
        return article.first?.isLetter == true || language == .chinese ? article : "art. \(article)"
    }
}
