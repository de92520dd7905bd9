/// A service item (事项) of a centre's catalogue: what a citizen can ask for, what has to be handed in, how it is handled,
/// and how long that may take.
///
/// It holds no day and no due date: limits are lengths, counted by the rules that a case is pinned to.
public struct ServiceItem: Sendable, Hashable {
    /// Its code.
    public var code: ItemCode
    /// Its name.
    public var name: LocalizedText
    /// The region whose item it is; nil where the catalogue does not say.
    public var region: RegionCode?
    /// The unit that answers for it; nil where the catalogue does not say.
    public var unit: UnitCode?
    /// That unit's name, where a catalogue gives names without a network.
    public var department: LocalizedText?
    /// The class of the catalogue that it stands in, as "civil affairs".
    public var group: LocalizedText?
    /// What kind of power is exercised; nil where the catalogue does not say.
    public var power: Power?
    /// How the centre comes to handle it.
    public var category: Category
    /// Whether it is settled at once.
    public var kind: Kind
    /// The law's limit (法定时限). About one item in ten has none.
    public var statute: Limit?
    /// What that limit rests on.
    public var statuteBasis: LocalizedText?
    /// The centre's own limit (承诺时限).
    public var promise: Limit?
    /// The code of the rule pack that its cases go by; nil for the centre's default.
    public var rulePack: ShortName?
    /// What has to be handed in.
    public var materials: [Material]
    /// Who may ask for it.
    public var conditions: [LocalizedText]
    /// What it costs; nil for nothing.
    public var fee: Fee?
    /// How often the citizen has to come, at most (最多跑一次, 一次都不跑).
    public var visits: Visits
    /// The ways in which it can be asked for; in the order of ``Channel``'s cases, none twice.
    public var channels: [Channel]
    /// The procedure behind the window, in the order of the catalogue; what runs after what is told by each stage.
    public var stages: [Stage]
    /// What the citizen is handed in the end.
    public var results: [LocalizedText]
    /// The matter under which the seal is used on it; nil where nothing is sealed.
    public var seal: ShortName?

    /// An item of which only the least is known; all else is set afterwards.
    public init(code: ItemCode, name: LocalizedText, category: Category, kind: Kind) {
        self.code = code
        self.name = name
        self.category = category
        self.kind = kind
        materials = []
        conditions = []
        visits = .one
        channels = [.window]
        stages = []
        results = []
    }

    /// The limit that its stages have to fit in: the promise, else the statute.
    public var total: Limit? { promise ?? statute }

    /// How a centre comes to handle an item.
    public enum Category: String, Sendable, Hashable, CaseIterable {
        /// A department approves it in the centre (进驻审批).
        case stationedApproval = "stationed-approval"
        /// The township settles it by itself (直接办结).
        case directService = "direct-service"
        /// Reviewed here, decided by the county (初审转报).
        case preliminaryReview = "preliminary-review"
        /// A village's agent hands it in (村级代办).
        case villageAgent = "village-agent"
    }

    /// Whether an item is settled at once.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// While the citizen waits (即办件); its limits are minutes of service.
        case onTheSpot = "on-the-spot"
        /// Within a promised time (承诺件); its limits are days.
        case promised
    }

    /// The kinds of power of the provinces' catalogues (事项类型), by the numbers that those give.
    public enum Power: String, Sendable, Hashable, CaseIterable {
        /// 1, 行政许可
        case licence
        /// 2, 行政处罚
        case penalty
        /// 3, 行政强制
        case coercion
        /// 4, 行政征收
        case levy
        /// 5, 行政给付
        case benefit
        /// 6, 行政检查
        case inspection
        /// 7, 行政确认
        case confirmation
        /// 8, 行政奖励
        case reward
        /// 9, 行政裁决
        case ruling
        /// 10, 其他行政权力
        case other
        /// 20, 公共服务
        case publicService = "public-service"
    }

    /// How often the citizen has to come.
    public enum Visits: Int, Sendable, Hashable, CaseIterable {
        /// Not at all (一次都不跑).
        case none = 0
        /// Once at most (最多跑一次).
        case one = 1
    }

    /// A way in which an item can be asked for.
    public enum Channel: String, Sendable, Hashable, CaseIterable {
        /// At a window (窗口).
        case window
        /// Through the village's agent (帮办代办).
        case agent
        /// The officer comes (上门服务).
        case homeVisit = "home-visit"
        /// At an agreed time (预约服务).
        case appointment
        /// At a terminal (自助终端).
        case selfService = "self-service"
        /// On the net (网上).
        case online
        /// By post (邮寄).
        case post

        /// Whether the citizen need not come to the centre for it.
        public var isWithoutVisit: Bool { ![.window, .appointment, .selfService].contains(self) }
    }

    /// Something that has to be handed in.
    public struct Material: Sendable, Hashable {
        /// What.
        public var name: LocalizedText
        /// How it is believed.
        public var trust: Trust
        /// How long it may follow later (容缺受理), from the acceptance on; nil: it must be there.
        public var mayFollow: Limit?

        /// A material.
        public init(_ name: LocalizedText, trust: Trust, mayFollow: Limit? = nil) {
            self.name = name
            self.trust = trust
            self.mayFollow = mayFollow
        }
    }

    /// On what ground a material is believed.
    public enum Trust: String, Sendable, Hashable, CaseIterable {
        /// The original is seen (原件).
        case original
        /// A copy is held against the original (复印件核对).
        case copy
        /// The citizen's own declaration, checked afterwards (告知承诺).
        case declaration
        /// The village certifies it (村级证明).
        case villageCertificate = "village-certificate"
        /// The centre fetches it from another register; nobody has to bring it (数据共享).
        case shared
    }

    /// What an item costs.
    public struct Fee: Sendable, Hashable {
        /// In fen, the hundredth of a yuan. 1...100,000,000.
        public let fen: Int
        /// On what the fee rests: a fee without a ground is illegal.
        public let basis: LocalizedText

        /// The most that a fee may have: beyond it, it is a mistake.
        public static let maximumFen = 100_000_000

        /// A fee; nil when the amount is not in 1...100,000,000.
        public init?(fen: Int, basis: LocalizedText) {
            guard (1...Self.maximumFen).contains(fen) else { return nil }
            (self.fen, self.basis) = (fen, basis)
        }

        /// Parses an amount in yuan, as `5` or `5.50`. Nil for anything else.
        public static func fen(yuan text: String) -> Int? {
            let parts = text.split(separator: ".", omittingEmptySubsequences: false)
            guard (1...2).contains(parts.count),
                parts.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }),
                let yuan = Int(parts[0]), yuan <= maximumFen / 100
            else { return nil }
            if parts.count == 1 { return yuan * 100 }
            guard parts[1].utf8.count <= 2, let rest = Int(parts[1]) else { return nil }
            return yuan * 100 + (parts[1].utf8.count == 1 ? rest * 10 : rest)
        }

        /// The amount in yuan, `5.50`.
        public var yuan: String { Self.yuan(fen: fen) }

        /// An amount of fen in yuan, `5.50`. Not for amounts below zero.
        public static func yuan(fen: Int) -> String {
            let rest = fen % 100
            return "\(fen / 100).\(rest < 10 ? "0" : "")\(rest)"
        }
    }
}
