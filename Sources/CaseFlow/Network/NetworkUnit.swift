import EventStore
import WorkingTime

/// The rules of a unit's stream: what it is, which posts it has and who holds them, when its people are on duty elsewhere.
///
/// All that is said holds from a local day on, so that who held a post on a day has an answer; since when that was known,
/// the log tells. The unit knows no other stream: whether its parent and its officers exist is checked where it is entered
/// (``NetworkCheck``, ``NetworkDesk``).
public enum NetworkUnit: Decider {
    /// What a unit is on a day.
    public enum Status: Sendable, Hashable {
        /// Open.
        case open(UnitProfile)
        /// Closed, and why.
        case closed(reason: String)

        /// What it is; nil where it is closed.
        public var profile: UnitProfile? {
            guard case .open(let profile) = self else { return nil }
            return profile
        }
    }

    /// A post: whether it is there, and who holds it.
    public struct Post: Sendable, Hashable {
        /// Its role on the days on which it is there.
        public var role = Dated<OfficerRole?>()
        /// A.
        public var a = Dated<OfficerID?>()
        /// B.
        public var b = Dated<OfficerID?>()

        /// Who holds it as A or as B, and since when.
        public func line(_ holder: PostHolder) -> Dated<OfficerID?> { holder == .a ? a : b }

        /// Who holds it on a day.
        public func officer(_ holder: PostHolder, on day: CivilDate) -> OfficerID? { line(holder)[day].flatMap(\.self) }

        /// Its role on a day; nil where there is no such post then.
        public func role(on day: CivilDate) -> OfficerRole? { role[day].flatMap(\.self) }
    }

    /// What is known of a unit's stream.
    public struct State: Sendable, Hashable {
        /// What it is.
        public var status = Dated<Status>()
        /// Its posts by their names.
        public var posts: [ShortName: Post] = [:]
        /// Its duties and appointment days by their names.
        public var duties: [ShortName: Dated<Duty?>] = [:]

        /// What it is on a day; nil where it is not open.
        public func profile(on day: CivilDate) -> UnitProfile? { status[day]?.profile }

        /// Its code; nil for an empty stream.
        public var code: UnitCode? { status.spans.lazy.compactMap(\.value.profile).first?.code }
    }

    /// An empty stream.
    public static let initial = State()

    /// What can be wanted of a unit, by whom and when; see ``Wish``.
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

    /// What can be wanted of a unit. Days are local.
    public enum Wish: Sendable, Hashable {
        /// Let there be a unit like this from a day on: establish it, or change it.
        case set(UnitProfile, from: CivilDate)
        /// Close it from a day on. Its posts stay with it: they are there again when it is established again.
        case close(from: CivilDate, reason: String)
        /// Create a post.
        case createPost(ShortName, role: OfficerRole, from: CivilDate)
        /// Abolish a post; whoever holds it then holds it no more.
        case abolishPost(ShortName, from: CivilDate)
        /// Let an officer hold a post.
        case fill(ShortName, PostHolder, OfficerID, from: CivilDate)
        /// Let nobody hold it.
        case vacate(ShortName, PostHolder, from: CivilDate)
        /// Set a duty or appointment days.
        case setDuty(Duty, from: CivilDate)
        /// End them.
        case endDuty(ShortName, from: CivilDate)
        /// Let the unit be as a file says; see ``UnitEntry``.
        case enter(UnitEntry, on: CivilDate)
    }

    /// What an event does to a unit. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: UnitEvent) {
        switch event.fact {
        case .established(let profile, let day), .changed(let profile, let day):
            state.status.set(.open(profile), from: day)
        case .closed(let day, let reason): state.status.set(.closed(reason: reason), from: day)
        case .postCreated(let post, let role, let day): state.posts[post, default: Post()].role.set(role, from: day)
        case .postAbolished(let post, let day): state.posts[post, default: Post()].role.set(nil, from: day)
        case .postFilled(let post, .a, let officer, let day):
            state.posts[post, default: Post()].a.set(officer, from: day)
        case .postFilled(let post, .b, let officer, let day):
            state.posts[post, default: Post()].b.set(officer, from: day)
        case .postVacated(let post, .a, let day): state.posts[post, default: Post()].a.set(nil, from: day)
        case .postVacated(let post, .b, let day): state.posts[post, default: Post()].b.set(nil, from: day)
        case .dutySet(let duty, let day): state.duties[duty.name, default: Dated()].set(duty, from: day)
        case .dutyEnded(let duty, let day): state.duties[duty, default: Dated()].set(nil, from: day)
        }
    }
}
