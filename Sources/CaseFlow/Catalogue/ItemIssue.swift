/// Something that is wrong with an item, or worth a remark.
public struct ItemIssue: Sendable, Hashable {
    /// What was broken. The names are part of the commands' JSON.
    public enum Rule: String, Sendable, Hashable, CaseIterable {
        /// The file cannot be read there.
        case unreadable
        /// A code occurs twice.
        case duplicateCode = "duplicate-code"
        /// The promise is longer than the statute.
        case promiseExceedsStatute = "promise-exceeds-statute"
        /// Days for an item on the spot, or minutes for a promised one.
        case limitOfKind = "limit-of-kind"
        /// A material may follow later than the item's limit ends.
        case followsTooLate = "follows-too-late"
        /// There is no way to ask for it.
        case noChannel = "no-channel"
        /// No visit is promised, and every way needs one.
        case noWayWithoutVisit = "no-way-without-visit"
        /// A village agent's item that no agent takes in.
        case noAgent = "no-agent"
        /// Two stages have one name.
        case duplicateStage = "duplicate-stage"
        /// A stage waits for one that there is not.
        case unknownStage = "unknown-stage"
        /// The procedure never comes to a stage.
        case unreachableStage = "unreachable-stage"
        /// The procedure comes to no decision and to no forwarding.
        case noDecision = "no-decision"
        /// The stages are not those of the category.
        case stagesOfCategory = "stages-of-category"
        /// The stages together may take longer than the item.
        case stagesExceedTotal = "stages-exceed-total"
        /// There is no such unit.
        case unknownUnit = "unknown-unit"
        /// The unit has no such post, or too few.
        case missingPost = "missing-post"
        /// There is no such rule pack.
        case unknownRulePack = "unknown-rule-pack"
        /// A remark: the name is given in one language only.
        case nameInOneLanguage = "name-in-one-language"
        /// A remark: neither the law nor the centre sets a limit.
        case noLimit = "no-limit"
        /// A remark: two limits cannot be compared.
        case notComparable = "not-comparable"
        /// A remark: there is no procedure, so that a case cannot be routed.
        case noStages = "no-stages"
        /// A remark: no network is given, so that units and posts are not checked.
        case noNetwork = "no-network"
        /// A remark: something of the file has no counterpart and was left out.
        case notTakenOver = "not-taken-over"

        /// Whether it is only a remark: the item can be published all the same.
        public var isRemark: Bool {
            switch self {
            case .nameInOneLanguage, .noLimit, .notComparable, .noStages, .noNetwork, .notTakenOver: true
            default: false
            }
        }
    }

    /// What of the item is meant. Materials and stages are counted from 0, in the item's order.
    public enum Part: Sendable, Hashable {
        /// The item as a whole.
        case item
        /// Its code.
        case code
        /// Its name.
        case name
        /// The unit that answers for it.
        case unit
        /// The category.
        case category
        /// The statutory limit.
        case statute
        /// The promised limit.
        case promise
        /// The rule pack.
        case rulePack
        /// The number of visits.
        case visits
        /// The channels.
        case channels
        /// A material.
        case material(Int)
        /// The stages as a whole.
        case stages
        /// A stage.
        case stage(Int)
    }

    /// What was broken.
    public var rule: Rule
    /// Where.
    public var part: Part
    /// What is wrong.
    public var what: LocalizedText
    /// What to do about it.
    public var mend: LocalizedText

    /// An issue.
    public init(_ rule: Rule, _ part: Part, _ what: LocalizedText, mend: LocalizedText) {
        (self.rule, self.part, self.what, self.mend) = (rule, part, what, mend)
    }
}
