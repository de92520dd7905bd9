import EventStore

extension ServiceItem {
    /// A stage of the procedure. It begins when all stages that it waits for have ended; stages that wait for the same
    /// ones run side by side.
    public struct Stage: Sendable, Hashable {
        /// Its name, once in an item.
        public var name: ShortName
        /// What is done.
        public var kind: StageKind
        /// Where.
        public var place: Place
        /// Who does it.
        public var role: OfficerRole
        /// How long it may take; nil where only the item's own limit counts.
        public var limit: Limit?
        /// The stages that it waits for, in the order of the item; none: it begins with the procedure.
        public var after: [ShortName]

        /// A stage.
        public init(
            _ name: ShortName,
            _ kind: StageKind,
            at place: Place,
            by role: OfficerRole,
            limit: Limit? = nil,
            after: [ShortName] = []
        ) {
            self.name = name
            self.kind = kind
            self.place = place
            self.role = role
            self.limit = limit
            self.after = after
        }
    }

    /// What is done in a stage.
    public enum StageKind: String, Sendable, Hashable, CaseIterable {
        /// The papers are examined (审核).
        case review
        /// The place or the household is looked at, by two officers (现场核验; Licensing Law art. 34).
        case verification
        /// The village certifies (村级证明).
        case villageCertificate = "village-certificate"
        /// The township's opinion before the county decides (初审; art. 43).
        case preliminaryReview = "preliminary-review"
        /// The papers go up to the county, and its answer is awaited (转报).
        case forwarding
        /// A department agrees; it does not seal (会签).
        case signOff = "sign-off"
        /// The decision (决定); the procedure ends with it.
        case decision

        /// How many officers it takes.
        public var officers: Int { self == .verification ? 2 : 1 }
    }

    /// Where a stage is worked on.
    public enum Place: Sendable, Hashable, CustomStringConvertible {
        /// In this unit.
        case unit(UnitCode)
        /// At the station of the applicant's own village.
        case applicantsVillage

        /// How the applicant's village is written where a unit's code stands otherwise.
        public static let villageMark = "@village"

        /// Parses a unit's code or `@village`.
        public init(_ text: String) throws(InvalidText) {
            self = text == Self.villageMark ? .applicantsVillage : .unit(try UnitCode(text))
        }

        /// The unit's code, or `@village`.
        public var description: String {
            switch self {
            case .unit(let code): code.rawValue
            case .applicantsVillage: Self.villageMark
            }
        }
    }

    /// The stages that the procedure comes to, in an order in which each stands behind those that it waits for: those
    /// whose predecessors are all reached and none of which is the decision. Stages of the same name: the first counts.
    public var reachableStages: [Stage] {
        var reached: [Stage] = []
        var names: Set<ShortName> = []
        var seen: Set<ShortName> = []
        var waiting = stages.filter { seen.insert($0.name).inserted }
        let decisions = Set(waiting.filter { $0.kind == .decision }.map(\.name))
        while let index = waiting.firstIndex(where: {
            $0.after.allSatisfy { names.contains($0) && !decisions.contains($0) }
        }) {
            let stage = waiting.remove(at: index)
            names.insert(stage.name)
            reached.append(stage)
        }
        return reached
    }

    /// The stages in groups: those of a group run side by side, and a group begins when those before it have ended.
    /// Stages that are not reachable stand in none.
    public var stageGroups: [[Stage]] {
        var depth: [ShortName: Int] = [:]
        var groups: [[Stage]] = []
        for stage in reachableStages {
            let level = (stage.after.compactMap { depth[$0] }.max() ?? -1) + 1
            depth[stage.name] = level
            if groups.count == level { groups.append([]) }
            groups[level].append(stage)
        }
        return groups
    }
}
