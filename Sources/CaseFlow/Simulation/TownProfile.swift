import WorkingTime

/// How a town works, for a simulation: how many cases come, by which ways and on which days, how long things take and how
/// often they go wrong; and what the town itself has reported, to be held against what is played.
///
/// The place and the reported figures are real; all rates are assumptions. The form is told in docs/guides/simulation.md.
public struct TownProfile: Sendable, Hashable {
    /// Market days.
    public struct Market: Sendable, Hashable {
        /// Every so many days.
        public var every: Int
        /// From this one on.
        public var first: CivilDate
        /// Hours of service on them.
        public var hours: DayHours
        /// How many times the cases of an ordinary day come.
        public var factor: Double

        /// Whether a day is one.
        public func contains(_ day: CivilDate) -> Bool {
            let days = first.days(to: day)
            return days >= 0 && days % every == 0
        }
    }

    /// How often something happens: to a case unless it says otherwise, as a share of 1.
    public enum Rate: String, Sendable, Hashable, CaseIterable {
        /// A material is missing.
        case incomplete
        /// Of those: the notice names not all that is missing, and a second one is given.
        case secondNotice = "second-notice"
        /// Of those: nobody gives notice, and the case counts as accepted.
        case forgottenNotice = "forgotten-notice"
        /// Of those: the citizen never brings it.
        case notSupplemented = "not-supplemented"
        /// Of those whose item has a material that may follow: that one is missing, and follows.
        case deferral
        /// Of the deferred: it does not come in time.
        case deferralLapse = "deferral-lapse"
        /// A slip that is mended at the window.
        case correction
        /// Acceptance is refused: another body has the power.
        case refusal
        /// What an agent takes in is entered a day later.
        case lateEntry = "late-entry"
        /// A stage finds against it, and it is denied.
        case objection
        /// It goes back to an earlier stage.
        case rework
        /// A stage: it lies for longer than its limit.
        case overlong
        /// The clocks are stopped by a ground of the law.
        case suspension
        /// Of those: it takes longer than was told.
        case overrun
        /// The limit is prolonged.
        case extended = "extension"
        /// The citizen takes it back.
        case withdrawal
        /// It is denied, without any objection before.
        case denial
        /// The county sends it back once.
        case sentBack = "sent-back"
        /// The citizen rates it.
        case rating
        /// Of the poor ratings: the call back comes late.
        case lateCallBack = "late-call-back"
        /// The citizen complains.
        case complaint
        /// An officer, each day: goes away for one to five days.
        case absence
    }

    /// How long an officer takes for something, on average.
    public enum Work: String, Sendable, Hashable, CaseIterable {
        /// To take in the matters of one visit.
        case intake
        /// To take them in at home.
        case homeVisit = "home-visit"
        /// To decide an item that is settled at once.
        case atOnce = "at-once"
        /// To examine papers.
        case review
        /// To look at a place.
        case verification
        /// To write a village's certificate.
        case certificate
        /// To decide.
        case decision
        /// To use the seal, to make a document out, to hand it out, to call back.
        case handling
    }

    /// Something of a town that was reported, and how it is held against what is played.
    public struct Figure: Sendable, Hashable {
        /// What is measured.
        public var measure: SimulationMeasure
        /// What the town reported; nil where the report gives no number.
        public var reported: Double?
        /// The number of cases that the report's number is of, where it is a count.
        public var per: Double?
        /// What is wanted of the simulation; nil for no bound.
        public var atLeast, atMost: Double?
        /// Whether a simulation that misses the bounds has failed.
        public var isMust: Bool
        /// The words of the source, or where it is from.
        public var words: LocalizedText
        /// The line in the file.
        public var line: Int
    }

    /// The town's short name.
    public var town: ShortName
    /// Its name for people.
    public var title: LocalizedText
    /// Its region.
    public var region: RegionCode
    /// The centre.
    public var hall: UnitCode
    /// The file of its catalogue and of its network, beside the profile.
    public var catalogue, network: String
    /// IANA name of the zone.
    public var zone: String
    /// Hours of service on working days.
    public var hours: DayHours
    /// So many cases come in so many days.
    public var cases, days: Int
    /// The shares of the channels, in the order of the file.
    public var channels: [(ServiceItem.Channel, Double)] {
        get { zip(channelNames, channelWeights).map { ($0, $1) } }
        set { (channelNames, channelWeights) = (newValue.map(\.0), newValue.map(\.1)) }
    }
    private var channelNames: [ServiceItem.Channel] = []
    private var channelWeights: [Double] = []
    /// How many times the cases of an average day come on a weekday; 1 where nothing is said.
    public var weekdays: [Weekday: Double] = [:]
    /// Market days; nil for none.
    public var market: Market?
    /// The shares of visits with one, two and three matters.
    public var matters: [Double] = [1]
    /// How often things happen; what is not named does not.
    public var rates: [Rate: Double] = [:]
    /// How long things take, in minutes.
    public var minutes: [Work: Double] = [:]
    /// The shares of the five grades, best first.
    public var grades: [Double] = [1, 0, 0, 0, 0]
    /// The shares of the ways in which results are handed out: at the window, by the agent, by post.
    public var delivery: [Case.Delivery: Double] = [.window: 1]
    /// What was reported.
    public var figures: [Figure] = []

    init(
        town: ShortName,
        title: LocalizedText,
        region: RegionCode,
        hall: UnitCode,
        cases: Int,
        days: Int,
        hours: DayHours
    ) {
        (self.town, self.title, self.region, self.hall) = (town, title, region, hall)
        (self.cases, self.days, self.hours) = (cases, days, hours)
        (catalogue, network, zone) = ("catalogue.yaml", "network.yaml", "Asia/Shanghai")
    }

    /// How often; 0 where the profile does not say.
    func rate(_ rate: Rate) -> Double { rates[rate] ?? 0 }
}

/// What is measured of a played town.
public enum SimulationMeasure: String, Sendable, Hashable, CaseIterable {
    /// Cases that came.
    case cases
    /// The same for a year of 365 days, at the pace of the days that are played.
    case casesAYear = "cases-a-year"
    /// Of those, by the hall: at a window, a terminal, by appointment, on the net, by post.
    case atTheHall = "at-the-hall"
    /// By agents.
    case byAgents = "by-agents"
    /// At home.
    case atHome = "at-home"
    /// Cases of an average market day over those of another day on which the hall is open.
    case marketDays = "market-days"
    /// Of the clocks of promise and statute, those that are not late, in percent.
    case inTime = "in-time"
    /// Of the ratings, those that are not poor, in percent.
    case satisfaction
    /// Of the acts of officers, those by B for A, in percent.
    case bPosts = "b-posts"
    /// Of the days on which an A was away, those on which the post was held by B, in percent.
    case postsCovered = "posts-covered"
    /// Visits of citizens to the hall for each case.
    case visits
    /// Cases in which nobody gave notice in time.
    case deemed = "deemed-acceptances"
    /// What was entered a day late or more.
    case lateEntries = "late-entries"
    /// Cases that were decided.
    case decided
    /// Clocks that are late, by all the rules.
    case late = "late-clocks"
    /// Of the network: windows, villages, groups, departments of the town.
    case windows, villages, groups, departments
    /// Items of the catalogue, and the classes in which they stand.
    case items, classes

    /// For people.
    public var title: LocalizedText {
        switch self {
        case .cases: LocalizedText("cases", "办件数")
        case .casesAYear: LocalizedText("cases a year", "年办件数")
        case .atTheHall: LocalizedText("at the hall", "大厅办理")
        case .byAgents: LocalizedText("by agents", "代办")
        case .atHome: LocalizedText("at home", "上门办理")
        case .marketDays: LocalizedText("market day, times another day", "圩日办件为平日倍数")
        case .inTime: LocalizedText("in time, %", "按时办结率（%）")
        case .satisfaction: LocalizedText("satisfied, %", "满意率（%）")
        case .bPosts: LocalizedText("acts by B posts, %", "副岗办理占比（%）")
        case .postsCovered: LocalizedText("absent A covered by B, %", "主岗缺勤副岗顶岗率（%）")
        case .visits: LocalizedText("visits for a case", "平均跑动次数")
        case .deemed: LocalizedText("deemed acceptances", "逾期未告知视为受理")
        case .lateEntries: LocalizedText("late entries", "补录")
        case .decided: LocalizedText("decided", "办结数")
        case .late: LocalizedText("late clocks", "超期时钟")
        case .windows: LocalizedText("windows", "窗口数")
        case .villages: LocalizedText("villages", "村数")
        case .groups: LocalizedText("groups", "组级收集点数")
        case .departments: LocalizedText("departments", "部门数")
        case .items: LocalizedText("items", "事项数")
        case .classes: LocalizedText("classes", "事项类别数")
        }
    }

    /// Whether it is a number of cases, which grows with all of them.
    var isCount: Bool { [.cases, .atTheHall, .byAgents, .atHome, .deemed, .lateEntries, .decided].contains(self) }
}
