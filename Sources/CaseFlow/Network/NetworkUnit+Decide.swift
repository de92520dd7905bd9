import EventStore
import WorkingTime

extension NetworkUnit {
    /// Why something may not be done.
    public enum Rejection: Error, Sendable, Hashable, CustomStringConvertible {
        /// The stream is that of another unit.
        case otherUnit(UnitCode, has: UnitCode)
        /// A unit cannot belong to itself.
        case ownParent(UnitCode)
        /// A unit of this kind belongs to another one, or to none.
        case parentOfKind(UnitKind)
        /// There is no such unit.
        case notEstablished
        /// On that day it is not open.
        case notOpen(on: CivilDate)
        /// A file lists a unit that was closed.
        case closedSince(CivilDate, reason: String)
        /// A closing needs a reason.
        case noReason
        /// The reason holds personal data.
        case trace(PersonalTrace)
        /// On that day it has no such post.
        case noSuchPost(ShortName, on: CivilDate, has: [ShortName])
        /// The post has another role.
        case otherRole(ShortName, OfficerRole, has: OfficerRole)
        /// A and B of a post are two persons.
        case sameAsOther(ShortName, OfficerID, is: PostHolder)
        /// A duty without days, or with a distance that is not in 1...366.
        case noDays(ShortName)
        /// A duty without hours.
        case noHours(ShortName)
        /// The seal is to be there, and the unit has none.
        case noSeal(ShortName)
        /// There is no such duty.
        case noSuchDuty(ShortName, has: [ShortName])

        /// What was wrong and what is allowed now.
        public var description: String {
            switch self {
            case .otherUnit(let code, let has): "the stream is that of \(has), not of \(code)"
            case .ownParent(let code): "\(code) cannot belong to itself"
            case .parentOfKind(let kind) where kind.parents.isEmpty: "a \(kind.rawValue) belongs to no other unit"
            case .parentOfKind(let kind):
                "a \(kind.rawValue) belongs to a unit: \(kind.parents.map(\.rawValue).joined(separator: " or "))"
            case .notEstablished: "there is no such unit; import a network file that lists it"
            case .notOpen(let day): "the unit is not open on \(day); establish it from that day on first"
            case .closedSince(let day, let reason):
                "the unit is closed since \(day) (\(reason)); take it out of the file, or give it a day after that ('from')"
            case .noReason: "say why the unit is closed"
            case .trace(let trace): "the reason is refused: \(trace.words[.english])"
            case .noSuchPost(let post, let day, let has):
                "on \(day) there is no post '\(post)'; there are: \(Self.names(has))"
            case .otherRole(let post, let role, let has):
                "the post '\(post)' is that of a \(has.rawValue), not of a \(role.rawValue); give the new post another name"
            case .sameAsOther(let post, let officer, let holder):
                "\(officer) is \(holder.rawValue.uppercased()) of '\(post)' in that time; A and B are two persons: "
                    + "vacate \(holder.rawValue.uppercased()) first"
            case .noDays(let duty): "'\(duty)' has no days; give every (1 to 366) and from, weekdays, or dates"
            case .noHours(let duty): "'\(duty)' has no hours; write them as 09:00-16:00"
            case .noSeal(let duty): "'\(duty)' is to have the seal there, and the unit has no seal of its own"
            case .noSuchDuty(let duty, let has): "there is no duty '\(duty)'; there are: \(Self.names(has))"
            }
        }

        private static func names(_ names: [ShortName]) -> String {
            names.isEmpty ? "none" : names.map(\.rawValue).joined(separator: ", ")
        }
    }

    /// What happens when a command meets a unit. Pure; `[]` when it is so already.
    public static func decide(_ command: Command, _ state: State) throws(Rejection) -> [UnitEvent] {
        try facts(command.wish, state).map {
            UnitEvent(effectiveAt: command.moment, actor: command.actor, fact: $0)
        }
    }

    static func facts(_ wish: Wish, _ state: State) throws(Rejection) -> [UnitEvent.Fact] {
        switch wish {
        case .set(let profile, let day):
            try check(profile, state)
            switch state.status[day] {
            case .open(profile): return []
            case .open: return [.changed(profile, from: day)]
            case .closed, nil: return [.established(profile, from: day)]
            }
        case .close(let day, let reason):
            if state.status.spans.isEmpty { throw .notEstablished }
            switch state.status[day] {
            case .closed: return []
            case nil: throw .notOpen(on: day)
            case .open:
                guard reason.contains(where: { !$0.isWhitespace }) else { throw .noReason }
                if let trace = PersonalTrace.first(in: reason) { throw .trace(trace) }
                return [.closed(from: day, reason: reason)]
            }
        case .createPost(let name, let role, let day):
            try checkOpen(state, day)
            let has = state.posts[name]?.role(on: day)
            if has == role { return [] }
            if let has { throw .otherRole(name, role, has: has) }
            return [.postCreated(name, role: role, from: day)]
        case .abolishPost(let name, let day):
            guard let post = state.posts[name] else { throw .noSuchPost(name, on: day, has: posts(state, day)) }
            if post.role(on: day) == nil { return [] }
            // Otherwise they would hold it again when it is created again.
            let held = PostHolder.allCases.filter { post.officer($0, on: day) != nil }
            return held.map { .postVacated(name, $0, from: day) } + [.postAbolished(name, from: day)]
        case .fill(let name, let holder, let officer, let day):
            let post = try self.post(name, state, day)
            if post.officer(holder, on: day) == officer { return [] }
            let until = post.line(holder).next(after: day)
            if post.line(holder.other).values(from: day, before: until).contains(officer) {
                throw .sameAsOther(name, officer, is: holder.other)
            }
            return [.postFilled(name, holder, officer, from: day)]
        case .vacate(let name, let holder, let day):
            let post = try self.post(name, state, day)
            return post.officer(holder, on: day) == nil ? [] : [.postVacated(name, holder, from: day)]
        case .setDuty(let duty, let day): return try set(duty, state, day)
        case .endDuty(let name, let day):
            guard let duty = state.duties[name] else {
                throw .noSuchDuty(name, has: state.duties.keys.sorted())
            }
            return duty[day].flatMap(\.self) == nil ? [] : [.dutyEnded(name, from: day)]
        case .enter(let entry, let day): return try enter(entry, on: day, state)
        }
    }

    private static func check(_ profile: UnitProfile, _ state: State) throws(Rejection) {
        if let has = state.code, has != profile.code { throw .otherUnit(profile.code, has: has) }
        if profile.parent == profile.code { throw .ownParent(profile.code) }
        let isWrong = profile.parent == nil ? !profile.kind.mayStandAlone : profile.kind.parents.isEmpty
        if isWrong { throw .parentOfKind(profile.kind) }
    }

    private static func checkOpen(_ state: State, _ day: CivilDate) throws(Rejection) {
        if state.status.spans.isEmpty { throw .notEstablished }
        if state.profile(on: day) == nil { throw .notOpen(on: day) }
    }

    private static func posts(_ state: State, _ day: CivilDate) -> [ShortName] {
        state.posts.filter { $0.value.role(on: day) != nil }.keys.sorted()
    }

    private static func post(_ name: ShortName, _ state: State, _ day: CivilDate) throws(Rejection) -> Post {
        try checkOpen(state, day)
        guard let post = state.posts[name], post.role(on: day) != nil else {
            throw .noSuchPost(name, on: day, has: posts(state, day))
        }
        return post
    }

    private static func set(_ duty: Duty, _ state: State, _ day: CivilDate) throws(Rejection) -> [UnitEvent.Fact] {
        try checkOpen(state, day)
        guard let days = duty.days.normalised else { throw .noDays(duty.name) }
        if duty.hours.seconds == 0 { throw .noHours(duty.name) }
        if duty.hasSeal, state.profile(on: day)?.seal == nil { throw .noSeal(duty.name) }
        var duty = duty
        duty.days = days
        return state.duties[duty.name]?[day].flatMap(\.self) == duty ? [] : [.dutySet(duty, from: day)]
    }
}
