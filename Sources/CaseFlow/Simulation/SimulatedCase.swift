import EventStore
import WorkingTime

/// Where something is worked on: a role in a unit. Whoever holds a post of the role there serves it.
struct SimulatedPlace: Hashable {
    let unit: UnitCode
    let role: OfficerRole
}

/// A visit, or what came by another way at one time: one to three matters of one citizen.
struct SimulatedVisit {
    let citizen: Int
    let channel: ServiceItem.Channel
    /// Where the receipt is: a window's centre, a village's station, a group's point.
    let unit: UnitCode
    /// The citizen's village.
    let village: UnitCode
    /// The numbers of the cases, from 1 in the whole simulation, each with its item.
    let matters: [(number: Int, item: ServiceItem)]
    /// Nil where nobody came to the hall.
    let visit: VisitID?
    /// Whether it is entered a day later.
    let isEnteredLate: Bool
}

/// What somebody has to do.
enum SimulatedWork {
    /// To take in what a citizen brings.
    case intake(SimulatedVisit)
    /// To enter what was taken in at that moment, by hand.
    case entry(SimulatedVisit, takenAt: Int64)
    /// The citizen brings what was missing.
    case supplement
    /// Nobody gave notice in time.
    case deemed
    /// What was missing never came.
    case refusal
    case sign(String)
    case forward(String)
    case answer(String)
    case decide
    case seal
    case issue
    case deliver(Case.Delivery)
    case resume
    case withdraw
    case follow(String)
    case returnFile(String)
    case callBack
    case answerComplaint(String)
}

/// Work that waits at a place, for a case; 0 where there is no case yet.
struct SimulatedTask {
    let number: Int
    let work: SimulatedWork
}

/// What happens when.
enum SimulatedMoment {
    /// A day begins.
    case day(CivilDate)
    /// Doors open.
    case opening
    /// Work comes to a place.
    case ready(SimulatedTask, SimulatedPlace)
    /// An officer has done it.
    case done(SimulatedTask, SimulatedPlace, OfficerID)
}

/// A case that is not over: what the people around it have in mind. What is recorded of it stands in the log alone.
final class SimulatedCase {
    /// What will happen to it, drawn when it comes.
    struct Plan {
        var missing: [String] = []
        var isNoticeForgotten = false
        var isNoticeIncomplete = false
        var neverSupplements = false
        var isDeferred = false
        var deferralLapses = false
        var isCorrected = false
        var isRefused = false
        var objects = false
        var returns = false
        var suspends = false
        var overruns = false
        var extends = false
        var withdraws = false
        var isDenied = false
        var isSentBack = false
        var delivery = Case.Delivery.window
    }

    let index: Int
    let number: CaseNumber
    let stream: StreamName
    let item: ServiceItem
    let visit: SimulatedVisit
    let citizen: SealedPerson
    /// Where it was taken in, and by which role.
    let place: SimulatedPlace
    var plan: Plan
    /// Its own numbers: what is drawn for it does not move what is drawn for others.
    var random: SimulationRandom
    var receivedAt: Int64
    /// The stages that are worked on, with their beginnings.
    var stages: [String: ZonedTime] = [:]
    /// The officers who have signed a stage in this round.
    var signers: [String: Set<OfficerID>] = [:]
    /// The officers who are about to.
    var taking: [String: Set<OfficerID>] = [:]
    /// When it should be decided.
    var due: Int64
    var isSuspended = false
    var suspendedBy: SimulatedPlace?
    var isAccepted = false
    var isDecided = false
    var isGranted = false
    var isOver = false
    /// Work that cannot be done while it stands still, or while material is missing.
    var held: [(SimulatedTask, SimulatedPlace)] = []
    /// What was promised for later and has not come.
    var deferred: Set<String> = []
    /// What still has to be noticed, after a first notice that was not complete.
    var unnoticed: [String] = []
    var noticed: [String] = []
    /// Where it was last forwarded from, so that it is answered once for each time.
    var visits = 0
    /// What keeps it in mind after its end: calls back, complaints.
    var outstanding = 0

    init(
        _ index: Int,
        _ number: CaseNumber,
        _ stream: StreamName,
        _ item: ServiceItem,
        _ visit: SimulatedVisit,
        _ citizen: SealedPerson,
        at place: SimulatedPlace,
        _ plan: Plan,
        _ random: SimulationRandom,
        receivedAt: Int64
    ) {
        (self.index, self.number, self.stream, self.item, self.visit) = (index, number, stream, item, visit)
        (self.citizen, self.place, self.plan, self.random) = (citizen, place, plan, random)
        (self.receivedAt, due) = (receivedAt, receivedAt + 20 * 86_400_000_000)
    }

    /// Whether it is settled at once.
    var isAtOnce: Bool { item.kind == .onTheSpot }
}
