import EventStore
import WorkingTime

/// Looks at items: whether they are sound in themselves, and whether they fit to rules, calendars and a network.
///
/// Pure. All that is wrong is told, not only the first; an item without faults can be published.
public struct ItemCheck: Sendable {
    /// The units and posts; nil where they are not known.
    public var network: (any KnownNetwork)?
    /// The rule packs by their codes; nil where they are not known.
    public var packs: [String: RulePack]?
    /// The legal calendars by their codes.
    public var calendars: [String: WorkCalendar]

    /// A check. What is not given is not checked.
    public init(
        network: (any KnownNetwork)? = nil,
        packs: [String: RulePack]? = nil,
        calendars: [String: WorkCalendar] = [:]
    ) {
        (self.network, self.packs, self.calendars) = (network, packs, calendars)
    }

    /// A check by the packs and calendars that come with the program, and by further packs.
    /// Errors: ``RulePackLibrary/Problem``, ``YAMLProblem``, ``CalendarHistory/NotShipped``.
    public static func shipped(network: (any KnownNetwork)? = nil, further: [RulePack] = []) throws -> ItemCheck {
        let packs = try RulePackLibrary.shipped.map { try RulePackLibrary.pack($0) } + further
        var calendars: [String: WorkCalendar] = [:]
        for code in CalendarHistory.shippedCodes { calendars[code] = try CalendarHistory.shipped(code).latest }
        return ItemCheck(
            network: network,
            packs: Dictionary(packs.map { ($0.code, $0) }) { $1 },
            calendars: calendars
        )
    }

    /// All that is to be said of an item, in the order of its parts.
    public func issues(of item: ServiceItem) -> [ItemIssue] {
        var issues: [ItemIssue] = []
        let rules = item.rulePack.flatMap { packs?[$0.rawValue] }
        if item.name.languages.count < Language.allCases.count {
            issues.append(.nameInOneLanguage())
        }
        if let pack = item.rulePack, let packs, packs[pack.rawValue] == nil {
            issues.append(.unknownRulePack(pack, known: packs.keys.sorted()))
        }
        limits(of: item, rules, into: &issues)
        materials(of: item, rules, into: &issues)
        access(to: item, into: &issues)
        procedure(of: item, rules, into: &issues)
        if network != nil { posts(of: item, into: &issues) }
        return issues
    }

    private func limits(of item: ServiceItem, _ rules: RulePack?, into issues: inout [ItemIssue]) {
        if item.total == nil { issues.append(.noLimit()) }
        if let promise = item.promise, (promise.unit == .serviceMinutes) != (item.kind == .onTheSpot) {
            issues.append(.limitOfKind(promise, item.kind))
        }
        guard let promise = item.promise, let statute = item.statute else { return }
        let fit = fit(promise, in: statute, rules)
        switch fit {
        case .fits: break
        // Minutes on the spot are no match for days, and nobody expects them to be.
        case .notComparable where promise.unit == .serviceMinutes: break
        case .notComparable: issues.append(.notComparable(promise, statute, .promise))
        case .longer, .later: issues.append(.promiseExceeds(promise, statute, fit))
        }
    }

    private func materials(of item: ServiceItem, _ rules: RulePack?, into issues: inout [ItemIssue]) {
        guard let total = item.total else { return }
        for (index, material) in item.materials.enumerated() {
            guard let limit = material.mayFollow else { continue }
            switch fit(limit, in: total, rules) {
            case .fits: break
            case .notComparable: issues.append(.notComparable(limit, total, .material(index)))
            case .longer, .later: issues.append(.followsTooLate(limit, total, index))
            }
        }
    }

    private func access(to item: ServiceItem, into issues: inout [ItemIssue]) {
        if item.channels.isEmpty { issues.append(.noChannel()) }
        if item.visits == .none, !item.channels.isEmpty, !item.channels.contains(where: \.isWithoutVisit) {
            issues.append(.noWayWithoutVisit())
        }
        if item.category == .villageAgent, !item.channels.contains(.agent) { issues.append(.noAgent()) }
    }

    func fit(_ limit: Limit, in total: Limit, _ rules: RulePack?) -> LimitFit {
        LimitFit(limit, in: total, rules, calendar(of: rules))
    }

    func calendar(of rules: RulePack?) -> WorkCalendar? { rules?.calendar.flatMap { calendars[$0] } }
}
