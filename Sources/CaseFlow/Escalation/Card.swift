import EventStore
import WorkingTime

extension Case {
    /// Which card of a case: there is one for each start of each clock, and its level only rises.
    public struct CardKey: Sendable, Hashable, Comparable, CustomStringConvertible {
        /// The clock.
        public var clock: ClockName
        /// Which start of the clock, from 1.
        public var ordinal: Int

        /// A card's key.
        public init(_ clock: ClockName, _ ordinal: Int = 1) { (self.clock, self.ordinal) = (clock, ordinal) }

        /// `decision`, `stage 2`
        public var description: String { ordinal == 1 ? clock.rawValue : "\(clock) \(ordinal)" }

        /// By clock, then by ordinal.
        public static func < (left: CardKey, right: CardKey) -> Bool {
            (left.clock, left.ordinal) < (right.clock, right.ordinal)
        }
    }

    /// What can happen to a card (督办卡). Names in storage are literals; see `CardCoding`.
    public enum CardFact: Sendable, Hashable {
        /// A rung of the clock's ladder was reached. It takes effect when it was due; when it was raised, the record says.
        case raised(RaisedRung)
        /// Those who hold the case have said why.
        case answered(CardKey, CardAnswer)
        /// An inspector has taken back what was raised so far.
        case withdrawn(CardKey, reason: String)

        /// Which card it is about.
        public var key: CardKey {
            switch self {
            case .raised(let rung): rung.key
            case .answered(let key, _), .withdrawn(let key, _): key
            }
        }

        /// Its name in the log, without version and with what it is of: `card-raised`.
        public var name: String {
            switch self {
            case .raised: "card-raised"
            case .answered: "card-answered"
            case .withdrawn: "card-withdrawn"
            }
        }

        /// What it says beside its name, in one line.
        public var details: String {
            switch self {
            case .raised(let rung):
                "\(rung.key): \(rung.rung), \(rung.threshold.words(.english)), \(rung.addressee.kind.title[.english]) told"
            case .answered(let key, let answer): "\(key): \(answer.cause.rawValue), \(answer.text)"
            case .withdrawn(let key, let reason): "\(key): \(reason)"
            }
        }
    }

    /// A rung that was reached, with all that it rests on, as it was known then.
    public struct RaisedRung: Sendable, Hashable {
        /// Which card.
        public var key: CardKey
        /// The stage or the material that the clock watches; nil for a clock of the whole case.
        public var stage: String?
        /// The rung's name in the ladder.
        public var rung: String
        /// Its place in the ladder, from 1: the card's level.
        public var level: Int
        /// The threshold that was in force.
        public var threshold: RulePack.Rung.Threshold
        /// The rules that set it: pack and version, `cn-licensing 1`.
        public var rules: String
        /// The limit, extensions included.
        public var limit: Limit
        /// The local day on which the clock started.
        public var startedOn: CivilDate
        /// The limit's last day, local; nil while the clock stands still.
        public var dueOn: CivilDate?
        /// Of a limit in minutes of service: its last moment on that day.
        public var dueAt: Timestamp?
        /// Whether a calendar that is still to come can move it.
        public var isProvisional = false
        /// The legal calendar that it was counted by, and its version; nil where none was needed.
        public var calendar: String?
        /// Nil where no calendar was needed.
        public var calendarVersion: Int?
        /// Position of the case's last event that it is based on.
        public var basedOn: Int64
        /// With whom the case lay.
        public var holder: CardHolder
        /// Why it had come to this.
        public var cause: CardCause
        /// To whom the rung is told.
        public var addressee: CardAddressee
        /// The last day on which it is to be answered, local; nil where the ladder asks for no answer.
        public var answerBy: CivilDate?

        /// A rung.
        public init(
            _ key: CardKey,
            stage: String? = nil,
            rung: RulePack.Rung,
            level: Int,
            rules: String,
            limit: Limit,
            startedOn: CivilDate,
            basedOn: Int64,
            holder: CardHolder,
            cause: CardCause,
            addressee: CardAddressee
        ) {
            (self.key, self.stage, self.rung, self.level) = (key, stage, rung.name, level)
            (self.threshold, self.rules, self.limit, self.startedOn) = (rung.threshold, rules, limit, startedOn)
            (self.basedOn, self.holder, self.cause, self.addressee) = (basedOn, holder, cause, addressee)
        }
    }

    /// With whom a case lay when a rung was due. Codes; for a case that is not of the catalogue what its source says.
    public struct CardHolder: Sendable, Hashable {
        /// The unit; '' where nobody knows.
        public var unit: String
        /// As what the work is done; nil where nobody knows.
        public var role: OfficerRole?
        /// The officer whose work it is; nil where it lies open for whoever stands there.
        public var officer: String?
        /// The deputy of the post (B 岗); nil where there is none, or no single post.
        public var deputy: OfficerID?
        /// Whether the officer was away that day.
        public var isAway = false
        /// Others who had the same to do, as the second of two who verify, by their codes.
        public var also: [OfficerID] = []

        /// A holder.
        public init(
            unit: String,
            role: OfficerRole? = nil,
            officer: String? = nil,
            deputy: OfficerID? = nil,
            isAway: Bool = false,
            also: [OfficerID] = []
        ) {
            (self.unit, self.role, self.officer) = (unit, role, officer)
            (self.deputy, self.isAway, self.also) = (deputy, isAway, also)
        }
    }

    /// Why it had come to a card, as far as the record shows.
    public struct CardCause: Sendable, Hashable {
        /// The closed list.
        public enum Kind: String, Sendable, Hashable, CaseIterable {
            /// A task lay with the holder.
            case work
            /// The citizen was waited for.
            case applicant
            /// The county's answer was waited for.
            case county
            /// The case stood still, and nobody let it go on.
            case suspension
            /// The clock had stopped when the rung was raised: the rung was reached before.
            case ended
            /// The record does not show with whom it lay.
            case unknown

            /// For people.
            public var title: LocalizedText {
                switch self {
                case .work: LocalizedText("lies with the holder", "在承办人手中")
                case .applicant: LocalizedText("waits for the citizen", "等待申请人")
                case .county: LocalizedText("waits for the county's answer", "等待上级答复")
                case .suspension: LocalizedText("suspended and not resumed", "中止后未恢复")
                case .ended: LocalizedText("had ended when the card was raised", "发卡时已办结")
                case .unknown: LocalizedText("the record does not show with whom it lay", "记录未显示承办人")
                }
            }
        }

        /// Which.
        public var kind: Kind
        /// The task, by its name in the queue.
        public var task: String?
        /// Since when it lay there.
        public var since: Timestamp?

        /// A cause.
        public init(_ kind: Kind, task: String? = nil, since: Timestamp? = nil) {
            (self.kind, self.task, self.since) = (kind, task, since)
        }
    }

    /// To whom a rung is told.
    public struct CardAddressee: Sendable, Hashable {
        /// A person, and the A of the post where the person is told as the B of it.
        public struct Person: Sendable, Hashable {
            /// Who.
            public var officer: OfficerID
            /// The A who is away; nil for A.
            public var actingFor: OfficerID?

            /// A person.
            public init(_ officer: OfficerID, for absent: OfficerID? = nil) {
                (self.officer, actingFor) = (officer, absent)
            }
        }

        /// As what the ladder names them.
        public var kind: RulePack.Rung.Addressee
        /// The unit; '' where there is none.
        public var unit: String
        /// Those who may act there that day, by their codes; none where nobody may.
        public var persons: [Person]

        /// An addressee.
        public init(_ kind: RulePack.Rung.Addressee, unit: String, persons: [Person] = []) {
            (self.kind, self.unit, self.persons) = (kind, unit, persons)
        }
    }

    /// What the holder says about a card.
    public struct CardAnswer: Sendable, Hashable {
        /// The closed list of causes.
        public enum Cause: String, Sendable, Hashable, CaseIterable {
            /// Too much work.
            case workload
            /// Nobody was there.
            case absence
            /// It was overlooked.
            case oversight
            /// Another unit had to do something first.
            case otherUnit = "other-unit"
            /// The citizen had to do something first.
            case applicant
            /// The rules were not clear.
            case rules
            /// A system did not work.
            case technical
            /// It had been done, and was entered late.
            case lateEntry = "late-entry"
            /// Something else, as the text says.
            case other

            /// For people.
            public var title: LocalizedText {
                switch self {
                case .workload: LocalizedText("too much work", "业务量大")
                case .absence: LocalizedText("absence", "人员缺位")
                case .oversight: LocalizedText("oversight", "疏忽")
                case .otherUnit: LocalizedText("another unit", "其他单位原因")
                case .applicant: LocalizedText("the citizen", "申请人原因")
                case .rules: LocalizedText("unclear rules", "规则不明")
                case .technical: LocalizedText("technical failure", "系统故障")
                case .lateEntry: LocalizedText("done, entered late", "已办、补录")
                case .other: LocalizedText("other", "其他")
                }
            }
        }

        /// Why, by the list.
        public var cause: Cause
        /// Why and what now, in words; nothing personal.
        public var text: String

        /// An answer.
        public init(_ cause: Cause, text: String) { (self.cause, self.text) = (cause, text) }
    }
}

extension RulePack.Rung.Threshold {
    /// In words: `90 % used, or 1 working day left`; `3 working days after the due date`.
    public func words(_ language: Language) -> String {
        let isChinese = language == .chinese
        switch self {
        case .used(let percent, let left):
            let used = isChinese ? "已用 \(percent) %" : "\(percent) % used"
            guard let left else { return used }
            let words = left.unit.words(left.amount, language)
            return isChinese ? "\(used)，或剩余 \(words)" : "\(used), or \(words) left"
        case .afterDue(let limit):
            let words = limit.unit.words(limit.amount, language)
            return isChinese ? "到期后 \(words)" : "\(words) after the due date"
        }
    }
}
