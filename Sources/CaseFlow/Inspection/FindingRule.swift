/// The three headings of an inspector's findings.
public enum FindingHeading: String, Sendable, Hashable, CaseIterable {
    /// 不作为
    case inaction
    /// 慢作为
    case slow
    /// 乱作为
    case arbitrary

    /// For people.
    public var title: LocalizedText {
        switch self {
        case .inaction: LocalizedText("inaction", "不作为")
        case .slow: LocalizedText("slow action", "慢作为")
        case .arbitrary: LocalizedText("arbitrary action", "乱作为")
        }
    }
}

/// What inspection looks for in the record of a case. A closed list: each has one name in tables and answers.
public enum FindingRule: String, Sendable, Hashable, CaseIterable {
    // MARK: Inaction

    /// No step for so many working days, while somebody of the house had the case.
    case idleCase = "idle-case"
    /// Nobody said in time what was missing.
    case missedNotice = "missed-notice"
    /// A card was not answered by its deadline.
    case unansweredCard = "unanswered-card"

    // MARK: Slow action

    /// A stage took longer than it may, although the case was in time.
    case lateStep = "late-step"
    /// A suspension lasted longer than the applicant was told.
    case toldLengthOverrun = "told-length-overrun"
    /// Recorded more than 24 hours after it is said to have happened.
    case lateEntry = "late-entry"
    /// The citizen had to come more often than the item promises.
    case tooManyVisits = "too-many-visits"

    // MARK: Arbitrary action

    /// Many cases keyed one after the other at the end of a day, long after they are said to have happened.
    case batchEntry = "batch-entry"
    /// A limit was prolonged when it was over.
    case lateExtension = "late-extension"
    /// A limit was suspended when it was over.
    case latePause = "late-pause"
    /// A second notice names what the first one did not.
    case secondNotice = "second-notice"
    /// Acceptance was refused without what the law asks for.
    case groundlessRefusal = "refusal-without-ground"
    /// Decided without a stage of the procedure.
    case skippedStage = "skipped-stage"
    /// A stage before one that it has to wait for.
    case reorderedStage = "reordered-stage"
    /// A denial without its reasons, or without what the applicant can do about it.
    case unreasonedDenial = "denial-without-reasons"
    /// The citizen was charged what the item does not cost.
    case illegalFee = "illegal-fee"
    /// The director let one person do what takes two.
    case separationByException = "separation-by-exception"
    /// One person did what takes two, and nobody declared an exception.
    case separationBreach = "separation-breach"
    /// The seal was used out of order.
    case sealOutOfOrder = "seal-out-of-order"

    /// Under which heading it stands.
    public var heading: FindingHeading {
        switch self {
        case .idleCase, .missedNotice, .unansweredCard: .inaction
        case .lateStep, .toldLengthOverrun, .lateEntry, .tooManyVisits: .slow
        case .batchEntry, .lateExtension, .latePause, .secondNotice, .groundlessRefusal, .skippedStage, .reorderedStage,
            .unreasonedDenial, .illegalFee, .separationByException, .separationBreach, .sealOutOfOrder:
            .arbitrary
        }
    }

    /// For people.
    public var title: LocalizedText {
        switch self {
        case .idleCase: LocalizedText("idle case", "办件停滞")
        case .missedNotice: LocalizedText("missed notice", "逾期未告知")
        case .unansweredCard: LocalizedText("card not answered", "督办未反馈")
        case .lateStep: LocalizedText("late step", "环节超时")
        case .toldLengthOverrun: LocalizedText("told length overrun", "超出告知的不计时期间")
        case .lateEntry: LocalizedText("late entry", "补录")
        case .tooManyVisits: LocalizedText("too many visits", "超次跑动")
        case .batchEntry: LocalizedText("batch entry", "集中补录")
        case .lateExtension: LocalizedText("extension after the limit", "超期后延期")
        case .latePause: LocalizedText("pause after the limit", "超期后中止计时")
        case .secondNotice: LocalizedText("second notice with a new material", "二次告知新增材料")
        case .groundlessRefusal: LocalizedText("refusal without ground", "无理由不予受理")
        case .skippedStage: LocalizedText("skipped stage", "跳过环节")
        case .reorderedStage: LocalizedText("stage out of order", "环节倒置")
        case .unreasonedDenial: LocalizedText("denial without reasons", "不予许可未说明理由")
        case .illegalFee: LocalizedText("illegal fee", "违规收费")
        case .separationByException: LocalizedText("separation of duties by exception", "职责分离例外")
        case .separationBreach: LocalizedText("separation of duties broken", "违反职责分离")
        case .sealOutOfOrder: LocalizedText("seal out of order", "违规用印")
        }
    }

    /// The obligation that it rests on; nil where a clock's own article says it.
    var obligation: Obligation? {
        switch self {
        case .idleCase: .timeLimit
        case .missedNotice, .lateStep, .toldLengthOverrun, .unansweredCard: nil
        case .lateEntry, .batchEntry: .record
        case .tooManyVisits: .catalogue
        case .lateExtension: .timeLimit
        case .latePause: .suspension
        case .secondNotice: .oneNotice
        case .groundlessRefusal: .acceptance
        case .skippedStage, .reorderedStage: .procedure
        case .unreasonedDenial: .denial
        case .illegalFee: .fee
        case .separationByException, .separationBreach: .separation
        case .sealOutOfOrder: .seal
        }
    }
}

extension RulePack {
    /// What a finding rests on under these rules, in both languages.
    func basis(of rule: FindingRule) -> LocalizedText { basis(of: rule.obligation ?? .timeLimit) }

    /// What an obligation rests on under these rules, in both languages.
    func basis(of obligation: Obligation) -> LocalizedText {
        guard let article = articles[obligation] else {
            return LocalizedText(citation(of: obligation), citation(of: obligation, in: .chinese))
        }
        return cited(article)
    }

    /// An article as people read it: `art. 32(4)`, `行政许可法 32(4)`; words stay as they are.
    func cited(_ article: LocalizedText) -> LocalizedText {
        func isNumber(_ text: String) -> Bool { text.first.map { $0.isASCII && $0.isNumber } ?? false }
        let (english, chinese) = (article[.english], article[.chinese])
        return LocalizedText(
            isNumber(english) ? "art. \(english)" : english,
            isNumber(chinese) ? "\(law[.chinese]) \(chinese)" : chinese
        )
    }
}
