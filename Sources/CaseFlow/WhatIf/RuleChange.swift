import WorkingTime

/// What is to be different in a question "what if": everything else stays as it happened.
public struct RuleChange: Sendable {
    /// A rule pack in place of the one that cases are pinned to.
    public struct Pack: Sendable {
        /// The pack.
        public var rules: RulePack
        /// In place of any pack; else of those of the same name, whatever their version.
        public var isForAll: Bool

        /// A pack.
        public init(_ rules: RulePack, isForAll: Bool = false) { (self.rules, self.isForAll) = (rules, isForAll) }
    }

    /// A promise for an item, in place of what its cases were promised.
    public struct Promise: Sendable, Hashable, CustomStringConvertible {
        /// How much.
        public var amount: Int
        /// Of what; nil for the unit of what the case was promised, else of its statute's limit, else working days.
        public var unit: Limit.Unit?

        /// Reads `7` or `7 working-days`; nil for anything else, and for more than a limit may have.
        public init?(_ text: String) {
            if let amount = Int(text), (0...Limit.maximum).contains(amount) {
                (self.amount, unit) = (amount, nil)
            } else if let limit = Limit(text) {
                (amount, unit) = (limit.amount, limit.unit)
            } else {
                return nil
            }
        }

        /// The limit of a case.
        func limit(_ pin: Case.RulePin) -> Limit? {
            Limit(amount, unit ?? pin.promise?.unit ?? pin.statute?.unit ?? .workingDays)
        }

        /// As it was written.
        public var description: String { unit.map { "\(amount) \($0.rawValue)" } ?? "\(amount)" }
    }

    /// Years and amendments of a legal calendar, in place of what was published.
    public struct Calendar: Sendable {
        /// The calendar's name.
        public var code: String
        /// What is said of it.
        public var drafts: [LegalCalendar.Draft]
        /// Where it comes from, for people: the file's name.
        public var source: String

        /// Years and amendments.
        public init(_ code: String, _ drafts: [LegalCalendar.Draft], source: String) {
            (self.code, self.drafts, self.source) = (code, drafts, source)
        }
    }

    /// The pack.
    public var pack: Pack?
    /// The promises, by the item's code.
    public var promises: [String: Promise] = [:]
    /// The calendar.
    public var calendar: Calendar?
    /// The centres are closed on their towns' market days: no day or minute of these counts for what they promise. The
    /// limits of the law count as ever.
    public var isClosedOnMarketDays = false

    /// No difference.
    public init() {}

    /// Whether nothing is different.
    public var isEmpty: Bool { pack == nil && promises.isEmpty && calendar == nil && !isClosedOnMarketDays }

    /// What a case is pinned to, with the difference.
    func pin(_ pin: Case.RulePin) -> Case.RulePin {
        var new = pin
        if let pack, pack.isForAll || pack.rules.code == pin.pack {
            (new.pack, new.version, new.digest) = (pack.rules.code, pack.rules.version, pack.rules.digest)
        }
        if let item = pin.item, let limit = promises[item]?.limit(pin) { new.promise = limit }
        return new
    }

    /// What is different, for people, a line each.
    public func words(_ language: Language) -> [String] {
        var words: [LocalizedText] = []
        if let pack {
            let name = "\(pack.rules.code) \(pack.rules.version)"
            words.append(
                pack.isForAll
                    ? LocalizedText("rules \(name) for all cases", "所有办件适用规则 \(name)")
                    : LocalizedText(
                        "rules \(name) for cases of \(pack.rules.code)",
                        "适用 \(pack.rules.code) 的办件改用 \(name)"
                    )
            )
        }
        for (item, promise) in promises.sorted(by: { $0.key < $1.key }) {
            words.append(LocalizedText("item \(item) promised in \(promise)", "事项 \(item) 承诺时限 \(promise)"))
        }
        if let calendar {
            words.append(
                LocalizedText(
                    "calendar \(calendar.code) by \(calendar.source)",
                    "日历 \(calendar.code) 按 \(calendar.source)"
                )
            )
        }
        if isClosedOnMarketDays {
            words.append(LocalizedText("closed on market days", "圩日不开放服务"))
        }
        return words.map { $0[language] }
    }
}
