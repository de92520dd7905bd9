extension ServiceItem.Category {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .stationedApproval: LocalizedText("approval by a stationed department", "进驻审批")
        case .directService: LocalizedText("settled directly", "直接办结")
        case .preliminaryReview: LocalizedText("preliminary review and forwarding", "初审转报")
        case .villageAgent: LocalizedText("through a village agent", "村级代办")
        }
    }
}

extension ServiceItem.Kind {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .onTheSpot: LocalizedText("on the spot", "即办件")
        case .promised: LocalizedText("promised", "承诺件")
        }
    }
}

extension ServiceItem.Power {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .licence: LocalizedText("licence", "行政许可")
        case .penalty: LocalizedText("penalty", "行政处罚")
        case .coercion: LocalizedText("coercion", "行政强制")
        case .levy: LocalizedText("levy", "行政征收")
        case .benefit: LocalizedText("benefit", "行政给付")
        case .inspection: LocalizedText("inspection", "行政检查")
        case .confirmation: LocalizedText("confirmation", "行政确认")
        case .reward: LocalizedText("reward", "行政奖励")
        case .ruling: LocalizedText("ruling", "行政裁决")
        case .other: LocalizedText("other power", "其他行政权力")
        case .publicService: LocalizedText("public service", "公共服务")
        }
    }

    /// From the number of the provinces' catalogues, `1` or `01`; nil for an unknown one.
    public init?(number text: String) {
        switch Int(text) {
        case 1: self = .licence
        case 2: self = .penalty
        case 3: self = .coercion
        case 4: self = .levy
        case 5: self = .benefit
        case 6: self = .inspection
        case 7: self = .confirmation
        case 8: self = .reward
        case 9: self = .ruling
        case 10: self = .other
        case 20: self = .publicService
        default: return nil
        }
    }
}

extension ServiceItem.Channel {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .window: LocalizedText("window", "窗口")
        case .agent: LocalizedText("village agent", "帮办代办")
        case .homeVisit: LocalizedText("home visit", "上门服务")
        case .appointment: LocalizedText("appointment", "预约服务")
        case .selfService: LocalizedText("terminal", "自助终端")
        case .online: LocalizedText("online", "网上")
        case .post: LocalizedText("post", "邮寄")
        }
    }
}

extension ServiceItem.Trust {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .original: LocalizedText("original", "原件")
        case .copy: LocalizedText("copy", "复印件（核对原件）")
        case .declaration: LocalizedText("declaration", "告知承诺")
        case .villageCertificate: LocalizedText("village certificate", "村级证明")
        case .shared: LocalizedText("fetched by the centre", "数据共享")
        }
    }
}

extension ServiceItem.StageKind {
    /// For people.
    public var title: LocalizedText {
        switch self {
        case .review: LocalizedText("review", "审核")
        case .verification: LocalizedText("verification by two", "现场核验（两人）")
        case .villageCertificate: LocalizedText("village certificate", "村级证明")
        case .preliminaryReview: LocalizedText("preliminary review", "初审")
        case .forwarding: LocalizedText("forwarding to the county", "转报")
        case .signOff: LocalizedText("sign-off", "会签")
        case .decision: LocalizedText("decision", "决定")
        }
    }
}

extension ServiceItem.Place {
    /// For people: the unit's code, or the applicant's village.
    public func words(_ language: Language) -> String {
        switch self {
        case .unit(let code): code.rawValue
        case .applicantsVillage: language == .chinese ? "申请人所在村" : "the applicant's village"
        }
    }
}
