import EventStore
import WorkingTime

/// A unit as a file lists it, whole: what the file leaves out of a unit's posts, holders and duties is not there.
///
/// A unit that is new begins on its own day. Of one that is known already, what differs is changed from the day of entry on,
/// unless the file tells a day of its own for it; what is so on its day already is left alone.
public struct UnitEntry: Sendable, Hashable {
    /// Who holds a post.
    public struct Holding: Sendable, Hashable {
        /// The officer.
        public var officer: OfficerID
        /// Since when; nil where the file does not say.
        public var from: CivilDate?

        /// A holding.
        public init(_ officer: OfficerID, from: CivilDate? = nil) { (self.officer, self.from) = (officer, from) }
    }

    /// A post.
    public struct Post: Sendable, Hashable {
        /// Its name.
        public var name: ShortName
        /// Its role.
        public var role: OfficerRole
        /// Who holds it; nil for nobody.
        public var a, b: Holding?
        /// Since when it is there; nil where the file does not say.
        public var from: CivilDate?

        /// A post.
        public init(
            _ name: ShortName,
            role: OfficerRole,
            a: Holding? = nil,
            b: Holding? = nil,
            from: CivilDate? = nil
        ) {
            (self.name, self.role, self.a, self.b, self.from) = (name, role, a, b, from)
        }

        /// Who holds it as A or as B.
        public func holding(_ holder: PostHolder) -> Holding? { holder == .a ? a : b }
    }

    /// A duty or appointment days.
    public struct OwnDuty: Sendable, Hashable {
        /// What.
        public var duty: Duty
        /// The first day on which it may be; nil where the file does not say.
        public var from: CivilDate?
        /// The last day on which it may be; nil for no end.
        public var through: CivilDate?

        /// A duty.
        public init(_ duty: Duty, from: CivilDate? = nil, through: CivilDate? = nil) {
            (self.duty, self.from, self.through) = (duty, from, through)
        }
    }

    /// What it is.
    public var profile: UnitProfile
    /// The day on which it begins, where it is new; nil for the day of entry.
    public var from: CivilDate?
    /// Its posts.
    public var posts: [Post]
    /// Its duties and appointment days.
    public var duties: [OwnDuty]

    /// A unit.
    public init(_ profile: UnitProfile, from: CivilDate? = nil, posts: [Post] = [], duties: [OwnDuty] = []) {
        (self.profile, self.from, self.posts, self.duties) = (profile, from, posts, duties)
    }
}

extension NetworkUnit {
    /// The facts that make a unit as a file says; the day is that of the entry.
    static func enter(_ entry: UnitEntry, on day: CivilDate, _ state: State) throws(Rejection) -> [UnitEvent.Fact] {
        let isNew = state.status.spans.isEmpty
        let first = entry.from ?? day
        var draft = Draft(state: state, day: isNew ? first : max(first, day))
        // An old file does not open again what was closed since.
        if let span = state.status.span(on: draft.day), case .closed(let reason) = span.value, first <= span.from {
            throw .closedSince(span.from, reason: reason)
        }
        try draft.want(.set(entry.profile, from: draft.day))
        let posts = Set(entry.posts.map(\.name))
        for name in state.posts.keys.sorted() where !posts.contains(name) {
            try draft.want(.abolishPost(name, from: draft.day))
        }
        for post in entry.posts { try draft.enter(post) }
        let duties = Set(entry.duties.map(\.duty.name))
        for name in state.duties.keys.sorted() where !duties.contains(name) {
            try draft.want(.endDuty(name, from: draft.day))
        }
        for own in entry.duties {
            let begin = own.from ?? draft.day
            let end = own.through?.adding(days: 1)
            if let end, end <= begin {
                // Over already: it is not begun again.
                if draft.state.duties[own.duty.name] != nil { try draft.want(.endDuty(own.duty.name, from: begin)) }
                continue
            }
            try draft.want(.setDuty(own.duty, from: begin))
            // What was to end before goes on.
            let later = draft.state.duties[own.duty.name]?.spans.map(\.from).filter { $0 > begin && $0 < end ?? .last }
            for day in later ?? [] { try draft.want(.setDuty(own.duty, from: day)) }
            if let end { try draft.want(.endDuty(own.duty.name, from: end)) }
        }
        return draft.facts
    }

    /// A state and what has happened to it on the way.
    private struct Draft {
        var state: State
        /// From which day on that holds which tells no day of its own.
        let day: CivilDate
        var facts: [UnitEvent.Fact] = []

        mutating func want(_ wish: Wish) throws(Rejection) {
            for fact in try NetworkUnit.facts(wish, state) {
                NetworkUnit.evolve(&state, UnitEvent(effectiveAt: .earliest, actor: Actor(trusted: "-"), fact: fact))
                facts.append(fact)
            }
        }

        mutating func enter(_ post: UnitEntry.Post) throws(Rejection) {
            let isThere = state.posts[post.name]?.role(on: day) != nil
            let first = isThere ? day : post.from ?? day
            try want(.createPost(post.name, role: post.role, from: first))
            // Where the two change places, the deputy's goes free first.
            let next = post.a.map { (officer: $0.officer, from: $0.from ?? first) }
            if let next, state.posts[post.name]?.officer(.b, on: next.from) == next.officer {
                try want(.vacate(post.name, .b, from: next.from))
            }
            for holder in PostHolder.allCases {
                if let holding = post.holding(holder) {
                    try want(.fill(post.name, holder, holding.officer, from: holding.from ?? first))
                } else {
                    try want(.vacate(post.name, holder, from: first))
                }
            }
        }
    }
}
