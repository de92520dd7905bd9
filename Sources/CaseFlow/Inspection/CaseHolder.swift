import EventStore

/// Who has a case on a day: on whose account its time runs.
public struct CaseHolder: Sendable, Hashable {
    /// What part in the case.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The applicant, who was told what is missing, or whose promised material alone is still to come.
        case citizen
        /// The window that received it: until it is accepted, and from the decision until the result is handed out.
        case window
        /// A department that reviews, verifies or agrees.
        case reviewer
        /// Who decides.
        case approver
        /// A village's station: its certificate, or a case that its agent took in.
        case village
        /// The county, from the day the papers went up until it answered.
        case county
        /// The keeper of the seal, from the grant until the seal is used.
        case keeper
        /// Nobody: the law does not count the time (Licensing Law art. 45).
        case suspended
        /// The record does not say.
        case unknown

        /// For people.
        public var title: LocalizedText {
            switch self {
            case .citizen: LocalizedText("citizen", "申请人")
            case .window: LocalizedText("window", "窗口")
            case .reviewer: LocalizedText("reviewer", "审核")
            case .approver: LocalizedText("approver", "审批")
            case .village: LocalizedText("village", "村级")
            case .county: LocalizedText("county", "县级")
            case .keeper: LocalizedText("seal keeper", "用印")
            case .suspended: LocalizedText("suspended", "不计时")
            case .unknown: LocalizedText("not known", "未载明")
            }
        }
    }

    /// What part.
    public var kind: Kind
    /// The unit; nil where nobody of the network has it, or the record does not say.
    public var unit: UnitCode?
    /// The officer: to whom it was assigned, at the window who received it, of the seal its keeper. Nil where it lies open for
    /// whoever stands there, and where the record does not say.
    public var officer: OfficerID?
    /// The A of the post, where B received it: both names stay.
    public var actingFor: OfficerID?

    /// A holder.
    public init(_ kind: Kind, unit: UnitCode? = nil, officer: OfficerID? = nil, actingFor: OfficerID? = nil) {
        (self.kind, self.unit, self.officer, self.actingFor) = (kind, unit, officer, actingFor)
    }

    init(_ kind: Kind, _ standing: Standing?) {
        self.init(kind, unit: standing?.unit, officer: standing?.officer, actingFor: standing?.actingFor)
    }

    /// `reviewer 510725106-minzheng gy-0012 for gy-0011`, as far as it is known.
    public func words(_ language: Language) -> String {
        let deputy = actingFor.map { language == .chinese ? "（代 \($0)）" : " for \($0)" } ?? ""
        return ([kind.title[language], unit?.rawValue, officer?.rawValue].compactMap { $0 }).joined(separator: " ")
            + deputy
    }
}
