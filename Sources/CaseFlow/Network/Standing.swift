import EventStore
import WorkingTime

/// In which capacity an officer acts in a unit on a day: what the record of a case's step names.
public struct Standing: Sendable, Hashable {
    /// The officer.
    public var officer: OfficerID
    /// The unit.
    public var unit: UnitCode
    /// The role.
    public var role: OfficerRole
    /// The post by which the officer acts. It is one of the unit's, or of one of its windows.
    public var post: PostCode
    /// As what the officer holds that post.
    public var holder: PostHolder
    /// A, for whom the officer acts as B because A is away; nil for A, and for a B whose A is vacant.
    public var actingFor: OfficerID?
    /// Where the unit's people sit at that time, if it is not at the unit: on a market day, in the town's hall.
    public var duty: Sitting?

    /// A place at which people of another unit sit.
    public struct Sitting: Sendable, Hashable {
        /// The unit where they sit.
        public var place: UnitCode
        /// Whether their own unit's seal is there.
        public var hasSeal: Bool

        /// A place.
        public init(at place: UnitCode, hasSeal: Bool) { (self.place, self.hasSeal) = (place, hasSeal) }
    }

    /// A standing.
    public init(
        officer: OfficerID,
        unit: UnitCode,
        role: OfficerRole,
        post: PostCode,
        holder: PostHolder = .a,
        actingFor: OfficerID? = nil,
        duty: Sitting? = nil
    ) {
        (self.officer, self.unit, self.role, self.post) = (officer, unit, role, post)
        (self.holder, self.actingFor, self.duty) = (holder, actingFor, duty)
    }
}

/// Why an officer may not act as something in a unit on a day, and who may.
public struct NoStanding: Error, Sendable, Hashable, CustomStringConvertible {
    /// Why.
    public enum Reason: Sendable, Hashable {
        /// There is no such unit.
        case noSuchUnit
        /// The unit begins later.
        case notYetOpen(from: CivilDate)
        /// The unit is closed.
        case unitClosed(since: CivilDate, reason: String)
        /// The unit has no post of the role.
        case noPostOfRole
        /// There is no such officer.
        case noSuchOfficer
        /// The officer's service begins later, or is over.
        case notInService(since: CivilDate?)
        /// The officer holds no post of the role there.
        case holdsNoPost
        /// The officer is away.
        case absent(Officer.Absence)
        /// The officer is B, and A is there.
        case holderPresent(PostCode, holder: OfficerID)

        /// Whether the officer has the post, and only A or B of it may act on that day.
        public var isOfDeputies: Bool {
            switch self {
            case .absent, .holderPresent: true
            case .noSuchUnit, .notYetOpen, .unitClosed, .noPostOfRole, .noSuchOfficer, .notInService, .holdsNoPost:
                false
            }
        }
    }

    /// Why.
    public var reason: Reason
    /// The officer.
    public var officer: OfficerID
    /// The unit.
    public var unit: UnitCode
    /// The role.
    public var role: OfficerRole
    /// The day.
    public var day: CivilDate
    /// Who may act on that day, by the posts' codes.
    public var allowed: [Standing]

    /// In English.
    public var description: String { words(.english) }

    /// Why, and who may.
    public func words(_ language: Language) -> String { "\(why[language])\(mend[language])" }

    private var why: LocalizedText {
        let title = role.title
        switch reason {
        case .noSuchUnit: return LocalizedText("there is no unit \(unit)", "没有单位 \(unit)")
        case .notYetOpen(let first):
            return LocalizedText("\(unit) begins on \(first), after \(day)", "\(unit) 自 \(first) 起设立，\(day) 尚未设立")
        case .unitClosed(let since, let reason):
            return LocalizedText(
                "\(unit) is closed since \(since) (\(reason))",
                "\(unit) 自 \(since) 起撤销（\(reason)）"
            )
        case .noPostOfRole:
            return LocalizedText(
                "\(unit) has no post of the role \(role.rawValue) on \(day)",
                "\(unit) 在 \(day) 没有“\(title[.chinese])”岗位"
            )
        case .noSuchOfficer: return LocalizedText("there is no officer \(officer)", "没有工作人员 \(officer)")
        case .notInService(nil):
            return LocalizedText("\(officer) is not yet in service on \(day)", "\(officer) 在 \(day) 尚未任职")
        case .notInService(let since?):
            return LocalizedText("\(officer) left the service on \(since)", "\(officer) 已于 \(since) 离岗")
        case .holdsNoPost:
            return LocalizedText(
                "\(officer) holds no post of the role \(role.rawValue) in \(unit) on \(day)",
                "\(officer) 在 \(day) 不在 \(unit) 担任“\(title[.chinese])”"
            )
        case .absent(let absence):
            return LocalizedText(
                "\(officer) is away from \(absence.from) through \(absence.through) (\(absence.reason.title[.english]))",
                "\(officer) 自 \(absence.from) 至 \(absence.through) 不在岗（\(absence.reason.title[.chinese])）"
            )
        case .holderPresent(let post, let holder):
            return LocalizedText(
                "\(officer) is B of \(post) and may act only while A, \(holder), is away; on \(day) A is there",
                "\(officer) 是 \(post) 的副岗，主岗 \(holder) 在 \(day) 在岗，副岗不得代行"
            )
        }
    }

    private var mend: LocalizedText {
        switch reason {
        case .noSuchUnit, .notYetOpen, .unitClosed: return LocalizedText("", "")
        default: break
        }
        if allowed.isEmpty { return LocalizedText("; nobody may act on that day", "；当日无人可以办理") }
        let english = allowed.map { $0.holder == .a ? "\($0.officer)" : "\($0.officer) as B" }
        let chinese = allowed.map { $0.holder == .a ? "\($0.officer)" : "\($0.officer)（副岗）" }
        return LocalizedText(
            "; who may: \(english.joined(separator: ", "))",
            "；可以办理的：\(chinese.joined(separator: "、"))"
        )
    }
}

extension Network {
    /// In which capacity an officer acts in a unit on a day: as A of a post, or as B of one whose A is away, has left, or is
    /// vacant (AB 岗). A window's posts are those of its unit, too. Of several posts the first by its code counts, those
    /// as A before those as B.
    public func standing(of officer: OfficerID, in unit: UnitCode, as role: OfficerRole, on day: CivilDate)
        throws(NoStanding) -> Standing
    {
        func refusal(_ reason: NoStanding.Reason) -> NoStanding {
            NoStanding(
                reason: self.seats(in: unit, as: role, on: day).isEmpty ? .noPostOfRole : reason,
                officer: officer,
                unit: unit,
                role: role,
                day: day,
                allowed: whoMayAct(in: unit, as: role, on: day)
            )
        }
        if let reason = notOpen(unit, on: day) {
            throw NoStanding(reason: reason, officer: officer, unit: unit, role: role, day: day, allowed: [])
        }
        guard let state = officers[officer] else { throw refusal(.noSuchOfficer) }
        guard state.isInService(on: day) else { throw refusal(.notInService(since: state.service.span(on: day)?.from)) }
        // Those who act hold a post: that is a look at the officer's few, not at all of the unit's.
        let seats = seats(of: officer, in: unit, as: role, on: day)
        let asA = seats.first { $0.a == officer }
        let asB = seats.filter { $0.b == officer }
        if asA == nil, asB.isEmpty { throw refusal(.holdsNoPost) }
        if let absence = state.absence(on: day) { throw refusal(.absent(absence)) }
        if let asA { return Standing(officer: officer, unit: unit, role: role, post: asA.post) }
        for seat in asB where !isHeldByA(seat, on: day) {
            return Standing(
                officer: officer,
                unit: unit,
                role: role,
                post: seat.post,
                holder: .b,
                actingFor: seat.a
            )
        }
        throw refusal(.holderPresent(asB[0].post, holder: asB[0].a ?? officer))
    }

    /// Who may act in a unit on a day: for each post A, or B where A is away, has left, or is vacant; by the posts' codes.
    /// An officer who holds one post and deputises in another stands there twice.
    public func whoMayAct(in unit: UnitCode, as role: OfficerRole, on day: CivilDate) -> [Standing] {
        seats(in: unit, as: role, on: day).compactMap { seat in
            if let a = seat.a, isPresent(a, on: day) {
                return Standing(officer: a, unit: unit, role: role, post: seat.post)
            }
            guard let b = seat.b, isPresent(b, on: day) else { return nil }
            return Standing(officer: b, unit: unit, role: role, post: seat.post, holder: .b, actingFor: seat.a)
        }
    }

    private func isHeldByA(_ seat: Seat, on day: CivilDate) -> Bool {
        seat.a.map { isPresent($0, on: day) } ?? false
    }

    /// Why a unit is not open on a day; nil where it is.
    private func notOpen(_ code: UnitCode, on day: CivilDate) -> NoStanding.Reason? {
        guard let state = units[code], let first = state.status.spans.first?.from else { return .noSuchUnit }
        guard let span = state.status.span(on: day) else { return .notYetOpen(from: first) }
        guard case .closed(let reason) = span.value else { return nil }
        return .unitClosed(since: span.from, reason: reason)
    }
}
