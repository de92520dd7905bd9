import EventStore
import WorkingTime

extension Case {
    /// What is known of a card.
    public struct Card: Sendable, Hashable {
        /// Something that an officer did with the card, and when.
        public struct Mark<What: Sendable & Hashable>: Sendable, Hashable {
            /// What.
            public var what: What
            /// When, local.
            public var at: ZonedTime
            /// By whom; nil where the case is not of the catalogue.
            public var by: Standing?
        }

        /// The highest rung that was raised.
        public private(set) var top: RaisedRung
        /// When that was due.
        public private(set) var topAt: ZonedTime
        /// When the first rung was due.
        public private(set) var openedAt: ZonedTime
        /// The rungs that were raised, in the order in which they were.
        public private(set) var rungs: [String]
        /// The answer to the highest rung; nil while there is none.
        public private(set) var answer: Mark<CardAnswer>?
        /// The reason for which an inspector has taken back what was raised so far; nil while it stands.
        public private(set) var withdrawal: Mark<String>?

        /// A card that has just been raised.
        init(_ rung: RaisedRung, at: ZonedTime) {
            (top, topAt, openedAt, rungs) = (rung, at, at, [rung.rung])
        }

        /// Whether its highest rung waits for an answer. One that asks for none is told, and that is all.
        public var isOpen: Bool { state == .open }

        /// How it stands.
        public enum State: String, Sendable, Hashable {
            /// Its highest rung waits for an answer.
            case open
            /// Its highest rung asks for no answer: it was a reminder.
            case reminder
            /// Its highest rung was answered.
            case answered
            /// What was raised so far was taken back.
            case withdrawn
        }

        /// How it stands.
        public var state: State {
            if withdrawal != nil { return .withdrawn }
            if answer != nil { return .answered }
            return top.answerBy == nil ? .reminder : .open
        }

        /// A higher rung opens it again, also when the lower ones were answered or withdrawn. The level only rises.
        mutating func raise(_ rung: RaisedRung, at: ZonedTime) {
            rungs.append(rung.rung)
            if at < openedAt { openedAt = at }
            guard rung.level > top.level else { return }
            (top, topAt, answer, withdrawal) = (rung, at, nil, nil)
        }

        mutating func take(_ answer: CardAnswer, at: ZonedTime, by standing: Standing?) {
            self.answer = Mark(what: answer, at: at, by: standing)
        }

        mutating func withdraw(_ reason: String, at: ZonedTime, by standing: Standing?) {
            withdrawal = Mark(what: reason, at: at, by: standing)
        }
    }

    /// Who records what happens by itself: rungs that are reached, and what the law brings about. It needs no post.
    public static let worker = Actor(trusted: "system/worker")

    /// A rung that is due.
    public struct DueRung: Sendable, Hashable {
        /// The rung with all that it rests on.
        public var rung: RaisedRung
        /// When it is due, local.
        public var at: ZonedTime

        /// A rung that is due.
        public init(_ rung: RaisedRung, at: ZonedTime) { (self.rung, self.at) = (rung, at) }
    }

    /// What can be wanted of the cards of a case.
    public enum CardCommand: Sendable {
        /// Raise rungs that are due, in this order; `now` is the moment of the command.
        case raise([DueRung], now: Timestamp)
        /// Answer a card.
        case answer(CardKey, CardAnswer, at: ZonedTime, now: Timestamp, by: Standing?)
        /// Take back what was raised so far.
        case withdraw(CardKey, reason: String, at: ZonedTime, now: Timestamp, by: Standing?)
    }

    /// What happens to the cards of a case. Pure; `[]` when it is so already.
    static func decide(_ command: CardCommand, _ state: State) throws(Rejection) -> [Event] {
        guard state.phase != .unknown else { throw .notReceived }
        do throws(CardRejection) {
            switch command {
            case .raise(let rungs, let now):
                let pinned = state.progress.pin?.name
                if let other = rungs.first(where: { $0.rung.rules != pinned }) {
                    throw .otherRules(other.rung.rules, of: pinned)
                }
                return try raised(rungs, now: now) { state.cards[$0]?.rungs ?? [] }
            case .answer(let key, let answer, let at, let now, let standing):
                return try answered(key, answer, at: at, now: now, by: standing, state)
            case .withdraw(let key, let reason, let at, let now, let standing):
                return try withdrawn(key, reason, at: at, now: now, by: standing, state)
            }
        } catch {
            throw .card(error)
        }
    }

    /// The rungs among some that were not raised yet, as events. Nothing is raised before it is due. Pure: who knows what
    /// was raised and where the stream stands need not have the case.
    static func raised(
        _ rungs: [DueRung],
        now: Timestamp,
        before: (CardKey) -> [String]
    ) throws(CardRejection) -> [Event] {
        var events: [Event] = []
        var seen: Set<String> = []
        for due in rungs {
            let rung = due.rung
            if before(rung.key).contains(rung.rung) || !seen.insert("\(rung.key) \(rung.rung)").inserted { continue }
            if due.at.timestamp > now { throw .early(rung.rung, due: due.at) }
            events.append(Event(effectiveAt: due.at.timestamp, fact: .card(.raised(rung), at: due.at)))
        }
        return events
    }

    private static func card(_ key: CardKey, _ state: State) throws(CardRejection) -> Card {
        guard let card = state.cards[key] else { throw .noSuchCard(key, has: state.cards.keys.sorted()) }
        return card
    }

    private static func check(_ at: ZonedTime, since card: Card, now: Timestamp) throws(CardRejection) {
        if at.timestamp > now.advanced(byMicroseconds: Law.clockLead) { throw .ahead(at) }
        if at.timestamp < card.topAt.timestamp { throw .beforeCard(at, raised: card.topAt) }
    }

    private static func answered(
        _ key: CardKey,
        _ answer: CardAnswer,
        at: ZonedTime,
        now: Timestamp,
        by standing: Standing?,
        _ state: State
    ) throws(CardRejection) -> [Event] {
        let card = try card(key, state)
        if let before = card.answer {
            if before.what == answer { return [] }
            throw .answeredBefore(key, at: before.at)
        }
        if let withdrawal = card.withdrawal { throw .withdrawnBefore(key, at: withdrawal.at) }
        if answer.text.isEmpty { throw .textMissing("why it has come to this, and what is done now") }
        if let trace = PersonalTrace.first(in: answer.text) { throw .personalData(trace) }
        if state.work != nil {
            guard let standing else { throw .noStanding }
            try check(standing, mayAnswer: card.top)
        }
        try check(at, since: card, now: now)
        return [Event(effectiveAt: at.timestamp, fact: .card(.answered(key, answer), at: at), by: standing)]
    }

    /// Any officer of the unit with which it lay, whoever the card names, and a B who acts for one of them: an absence that
    /// began after the card was raised is no ground for delay.
    private static func check(_ standing: Standing, mayAnswer rung: RaisedRung) throws(CardRejection) {
        let named = rung.named
        if standing.unit.rawValue == rung.holder.unit || named.contains(standing.officer.rawValue) { return }
        if let absent = standing.actingFor, named.contains(absent.rawValue) { return }
        throw .notYours(standing.officer, holder: rung.holder, named: named.sorted())
    }

    private static func withdrawn(
        _ key: CardKey,
        _ reason: String,
        at: ZonedTime,
        now: Timestamp,
        by standing: Standing?,
        _ state: State
    ) throws(CardRejection) -> [Event] {
        let card = try card(key, state)
        if let before = card.withdrawal {
            if before.what == reason { return [] }
            throw .withdrawnBefore(key, at: before.at)
        }
        guard let standing else { throw .noStanding }
        guard standing.role == .inspector else { throw .noInspector(standing.role) }
        if reason.isEmpty { throw .textMissing("the reason for which the card is withdrawn") }
        if let trace = PersonalTrace.first(in: reason) { throw .personalData(trace) }
        try check(at, since: card, now: now)
        return [Event(effectiveAt: at.timestamp, fact: .card(.withdrawn(key, reason: reason), at: at), by: standing)]
    }
}

extension Case.RaisedRung {
    /// The officers whom it names: those whose work it is, the deputy, and to whom it was told.
    var named: Set<String> {
        let own = [holder.officer, holder.deputy?.rawValue].compactMap(\.self) + holder.also.map(\.rawValue)
        return Set(
            own + addressee.persons.flatMap { [$0.officer.rawValue, $0.actingFor?.rawValue].compactMap(\.self) }
        )
    }
}

extension [Case.CardKey: Case.Card] {
    /// What a fact does to the cards of a case. Released meanings do not change.
    mutating func take(_ fact: Case.CardFact, at: ZonedTime, by standing: Standing?) {
        switch fact {
        case .raised(let rung):
            if self[rung.key] == nil {
                self[rung.key] = Case.Card(rung, at: at)
            } else {
                self[rung.key]?.raise(rung, at: at)
            }
        case .answered(let key, let answer): self[key]?.take(answer, at: at, by: standing)
        case .withdrawn(let key, let reason): self[key]?.withdraw(reason, at: at, by: standing)
        }
    }
}
