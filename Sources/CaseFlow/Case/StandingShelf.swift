import Synchronization
import WorkingTime

/// Standings that were looked up once: the network of a desk does not change, and an officer acts in the same post all day.
final class StandingShelf: Sendable {
    /// What a standing depends on.
    struct Question: Hashable {
        let officer: OfficerID
        let unit: UnitCode?
        let roles: [OfficerRole]
        let role: OfficerRole?
        let day: CivilDate
    }

    /// All officers of a county on some days.
    private static let limit = 10_000
    private let known = Mutex<[Question: Standing]>([:])

    /// The standing, looked up where it is not known. What is refused is looked up each time.
    func standing(
        _ question: Question,
        _ look: () throws(Case.ServiceRejection) -> Standing
    ) throws(Case.ServiceRejection) -> Standing {
        if let standing = known.withLock({ $0[question] }) { return standing }
        let standing = try look()
        known.withLock { known in
            if known.count >= Self.limit { known = [:] }
            known[question] = standing
        }
        return standing
    }
}
