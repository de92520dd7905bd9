import EventStore
import WorkingTime

/// The rules of an officer's stream: in service since, away from and through, back early, left. Codes and days; nothing
/// about the person.
public enum Officer: Decider {
    /// Days on which an officer is away.
    public struct Absence: Sendable, Hashable {
        /// Why.
        public enum Reason: String, Sendable, Hashable, CaseIterable {
            /// 休假
            case leave
            /// 病假
            case sick
            /// 培训
            case training
            /// 公务外出
            case business
            /// 其他
            case other

            /// For people.
            public var title: LocalizedText {
                switch self {
                case .leave: LocalizedText("leave", "休假")
                case .sick: LocalizedText("sick", "病假")
                case .training: LocalizedText("training", "培训")
                case .business: LocalizedText("on business", "公务外出")
                case .other: LocalizedText("away", "其他事由")
                }
            }
        }

        /// The first day.
        public var from: CivilDate
        /// The last day.
        public var through: CivilDate
        /// Why.
        public var reason: Reason

        /// An absence.
        public init(from: CivilDate, through: CivilDate, reason: Reason) {
            (self.from, self.through, self.reason) = (from, through, reason)
        }

        /// Whether a day is one of it.
        public func contains(_ day: CivilDate) -> Bool { from <= day && day <= through }

        /// The most days of one absence: 24 months, the longest medical leave (企业职工患病或非因工负伤医疗期规定 第三条). Who
        /// is away for longer holds no post.
        public static let maximumDays = 731
    }

    /// What is known of an officer's stream.
    public struct State: Sendable, Hashable {
        /// Whether in service.
        public var service = Dated<Bool>()
        /// In the order in which they were recorded.
        public var absences: [Absence] = []
        /// The days on which the officer came back early.
        public var returns: Set<CivilDate> = []

        /// Whether in service on a day.
        public func isInService(on day: CivilDate) -> Bool { service[day] ?? false }

        /// The absence that covers a day, of several the one recorded last; nil where the officer is there.
        public func absence(on day: CivilDate) -> Absence? { absences.last { $0.contains(day) } }

        /// Whether in service and not away.
        public func isPresent(on day: CivilDate) -> Bool { isInService(on: day) && absence(on: day) == nil }
    }

    /// An empty stream.
    public static let initial = State()

    /// What can be wanted of an officer, by whom and when.
    public struct Command: Sendable, Hashable {
        /// What.
        public var wish: Wish
        /// Who wants it.
        public var actor: Actor
        /// When.
        public var moment: Timestamp

        /// A command.
        public init(_ wish: Wish, by actor: Actor, at moment: Timestamp) {
            (self.wish, self.actor, self.moment) = (wish, actor, moment)
        }
    }

    /// What can be wanted of an officer. Days are local.
    public enum Wish: Sendable, Hashable {
        /// In service from a day on.
        case register(from: CivilDate)
        /// Let the officer be in service as a file says: from its day on, else from the day of entry.
        case enter(from: CivilDate?, on: CivilDate)
        /// Away. Recorded late it counts for the past, too; since when it was known, the log tells.
        case absent(Absence)
        /// There again from a day on: absences that cover it end on the day before. On its first day an absence is void.
        case back(on: CivilDate)
        /// No more in service from a day on.
        case leave(from: CivilDate)
    }

    /// Why something may not be done.
    public enum Rejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// Nobody registered such an officer.
        case notRegistered
        /// Not in service on that day.
        case notInService(on: CivilDate)
        /// A file lists an officer who has left.
        case hasLeft(since: CivilDate)
        /// The last day is before the first.
        case daysInOrder(from: CivilDate, through: CivilDate)
        /// Longer than ``Absence/maximumDays``.
        case tooLong(days: Int)
        /// Not away on that day.
        case notAbsent(on: CivilDate)

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .notRegistered: "there is no such officer; import a network file that lists the code"
            case .notInService(let day): "the officer is not in service on \(day)"
            case .hasLeft(let day):
                "the officer left on \(day); take the code out of the file, or give it a day after that ('from')"
            case .daysInOrder(let from, let through): "\(through) is before \(from); give the first and the last day"
            case .tooLong(let days):
                "an absence of \(days) days is longer than \(Absence.maximumDays); vacate the officer's posts instead"
            case .notAbsent(let day): "the officer is not away on \(day); name a day of an absence"
            }
        }
    }

    /// What happens when a command meets an officer. Pure; `[]` when it is so already.
    public static func decide(_ command: Command, _ state: State) throws(Rejection) -> [OfficerEvent] {
        func event(_ fact: OfficerEvent.Fact) -> [OfficerEvent] {
            [OfficerEvent(effectiveAt: command.moment, actor: command.actor, fact: fact)]
        }
        switch command.wish {
        case .register(let day): return state.isInService(on: day) ? [] : event(.registered(from: day))
        case .enter(let first, let day):
            guard let last = state.service.spans.last else { return event(.registered(from: first ?? day)) }
            if last.value { return [] }
            guard let first, first > last.from else { throw .hasLeft(since: last.from) }
            return event(.registered(from: first))
        case .absent, .back, .leave: break
        }
        if state.service.spans.isEmpty { throw .notRegistered }
        switch command.wish {
        case .register, .enter: return []
        case .absent(let absence):
            let days = absence.from.days(to: absence.through) + 1
            if days < 1 { throw .daysInOrder(from: absence.from, through: absence.through) }
            if days > Absence.maximumDays { throw .tooLong(days: days) }
            if !state.isInService(on: absence.from) { throw .notInService(on: absence.from) }
            return state.absences.contains(absence) ? [] : event(.absent(absence))
        case .back(let day):
            if state.absence(on: day) != nil { return event(.back(on: day)) }
            if state.returns.contains(day) { return [] }
            throw .notAbsent(on: day)
        case .leave(let day):
            switch state.service[day] {
            case nil: throw .notInService(on: day)
            case false: return []
            case true: return event(.left(from: day))
            }
        }
    }

    /// What an event does to an officer. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: OfficerEvent) {
        switch event.fact {
        case .registered(let day): state.service.set(true, from: day)
        case .absent(let absence): state.absences.append(absence)
        case .back(let day):
            state.returns.insert(day)
            state.absences = state.absences.compactMap { absence in
                guard absence.contains(day) else { return absence }
                guard absence.from < day, let last = day.adding(days: -1) else { return nil }
                return Absence(from: absence.from, through: last, reason: absence.reason)
            }
        case .left(let day): state.service.set(false, from: day)
        }
    }
}

/// Something that has happened to an officer: an event of a stream `officer/<code>`.
public struct OfficerEvent: Sendable, Hashable {
    /// When it was done, as claimed. From which day on it holds stands in the fact.
    public var effectiveAt: Timestamp
    /// Who did it.
    public var actor: Actor
    /// What.
    public var fact: Fact

    /// An event.
    public init(effectiveAt: Timestamp, actor: Actor, fact: Fact) {
        (self.effectiveAt, self.actor, self.fact) = (effectiveAt, actor, fact)
    }

    /// What can happen. Days are local. Names in storage are literals; see ``OfficerEventCoding``.
    public enum Fact: Sendable, Hashable {
        /// In service from a day on.
        case registered(from: CivilDate)
        /// Away.
        case absent(Officer.Absence)
        /// There again from a day on.
        case back(on: CivilDate)
        /// No more in service from a day on.
        case left(from: CivilDate)
    }
}
