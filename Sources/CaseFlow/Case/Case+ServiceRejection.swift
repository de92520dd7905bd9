import EventStore
import WorkingTime

extension Case {
    /// Why the rules of the service do not let something happen on a case of the catalogue. Each says what is wrong and
    /// what is allowed.
    public enum ServiceRejection: Error, Sendable, Hashable {
        /// The case is of no item of the catalogue.
        case noItem
        /// The item that was given is not the version that the case is pinned to.
        case otherItem(pinned: String, given: String?)
        /// Nobody was named in whose hands it lies.
        case noStanding
        /// Who gives the command is no officer.
        case noOfficer(EventStore.Actor)
        /// The officer holds no post on that day.
        case noPost(OfficerID, CivilDate)
        /// The officer may not act there as that on the day.
        case cannotAct(NoStanding)
        /// The network knows no such unit on that day.
        case noSuchUnit(UnitCode, CivilDate)
        /// The unit is no village's station.
        case noVillage(UnitCode)
        /// The first person asked is no officer of the network.
        case noSuchOfficer(OfficerID)
        /// The officer sits elsewhere at that time, and the unit's seal is not there.
        case sealElsewhere(UnitCode, sitsAt: UnitCode)
        /// Another role does that.
        case wrongRole(OfficerRole, allowed: [OfficerRole])
        /// The stage lies with another unit.
        case wrongUnit(UnitCode, stage: String, of: UnitCode)
        /// The item is not offered through that channel.
        case channelNotOffered(ServiceItem.Channel, offered: [ServiceItem.Channel])
        /// The procedure goes through the applicant's village, and none is named.
        case villageMissing
        /// The item names no such material.
        case unknownMaterials([String], known: [String])
        /// These have not been handed in.
        case materialsMissing([String], deferrable: [String])
        /// That material has to be there from the beginning.
        case notDeferrable(String, deferrable: [String])
        /// It was handed in, or promised for later.
        case materialThere(String)
        /// It may follow for so long, not longer.
        case deferralTooLong(String, Limit, atMost: Limit)
        /// That material was not promised for later.
        case notDeferred(String)
        /// The promised time has not run out.
        case deferralRuns(String, due: CivilDate)
        /// The case has ended.
        case closed
        /// Acceptance comes before.
        case notAccepted
        /// That comes before acceptance.
        case accepted
        /// It was decided.
        case decided
        /// The procedure has no such stage, or it is not worked on.
        case stageNotOpen(String, open: [String])
        /// Stages begin and end by the procedure.
        case stageRouted
        /// A stage of another kind.
        case otherKind(String, ServiceItem.StageKind)
        /// It is assigned to others.
        case assignedToOthers(String, [OfficerID])
        /// As many officers as the stage takes have it.
        case assignedBefore(String, [OfficerID])
        /// It is not theirs to hand over.
        case notAssigned(String, OfficerID, assigned: [OfficerID])
        /// The same officer has signed.
        case signedBefore(String, OfficerID)
        /// The other officer of the same post has signed.
        case samePost(String, PostCode)
        /// A hearing was asked for, and neither held nor waived.
        case hearingOutstanding
        /// It is not decided yet.
        case notDecided
        /// The seal is used at another time than it is recorded.
        case sealedAnotherTime(ZonedTime, now: ZonedTime)
        /// Another document than the one that was sealed.
        case otherDocument
        /// Another unit works on the case.
        case notOurs(UnitCode, works: [UnitCode])
        /// There is nowhere to return it to.
        case notBefore(String, of: String, earlier: [String])
        /// Stages have to end first.
        case stagesOpen([String], next: [String])
        /// A stage has an objection.
        case objection(String)
        /// The county decides.
        case countyDecides(String)
        /// It was not sent.
        case notForwarded(String)
        /// It was sent, and the answer is awaited.
        case forwardedBefore(String, UnitCode)
        /// One person may not do both.
        case separation(Separation, OfficerID)
        /// Nothing is sealed on this item.
        case sealsNothing
        /// The seal is used in another matter.
        case otherMatter(ShortName, of: ShortName)
        /// The decision does not grant anything, or there is none.
        case notGranted
        /// It was sealed, with another document.
        case sealedBefore
        /// The decision is effective with the seal.
        case notSealed(ShortName)
        /// The item names no such result.
        case unknownResult(String, known: [String])
        /// A document was made out.
        case issuedBefore(String)
        /// No document was made out.
        case notIssued
        /// A hearing was asked for before.
        case hearingAskedBefore
        /// There was no hearing asked for.
        case noHearing
        /// The parties are told seven days before.
        case hearingTooSoon(CivilDate, earliest: CivilDate)
        /// It was announced for another day.
        case hearingOn(CivilDate?)
        /// Who chairs has reviewed the case.
        case reviewerChairs(OfficerID)
        /// That receipt was given for another charge.
        case receiptTaken(String, by: FeeCharge)
        /// There is no such complaint.
        case noComplaint(String, open: [String])
        /// No event of that number in the case's stream.
        case noSuchEvent(Int, last: Int)
        /// A text is missing.
        case textMissing(String)
        /// A text holds what belongs into the vault.
        case personalData(PersonalTrace)
        /// A text names the applicant, or holds the applicant's address or numbers.
        case namesApplicant
        /// Not the digest of a document.
        case noDigest
        /// The calendar cannot answer.
        case calendar(String)

        /// The obligation that it rests on.
        public var obligation: Obligation {
            switch self {
            case .noItem, .otherItem, .channelNotOffered, .unknownMaterials, .unknownResult: .catalogue
            case .noStanding, .noOfficer, .noPost, .noSuchUnit, .notOurs, .noSuchOfficer, .wrongRole, .wrongUnit,
                .assignedToOthers, .assignedBefore, .notAssigned:
                .post
            case .cannotAct(let why): why.reason.isOfDeputies ? .deputy : .post
            case .villageMissing, .noVillage, .stageNotOpen, .stageRouted, .otherKind, .notBefore, .stagesOpen,
                .objection, .closed,
                .decided, .notGranted, .notDecided, .issuedBefore, .notIssued:
                .procedure
            case .materialsMissing: .oneNotice
            case .notDeferrable, .materialThere, .deferralTooLong, .notDeferred, .deferralRuns: .deferredMaterial
            case .notAccepted, .accepted: .acceptance
            case .signedBefore, .samePost: .twoOfficers
            case .countyDecides, .notForwarded, .forwardedBefore: .preliminaryReview
            case .separation: .separation
            case .sealElsewhere, .sealedAnotherTime, .otherDocument, .sealsNothing, .otherMatter, .sealedBefore,
                .notSealed, .noDigest:
                .seal
            case .hearingOutstanding, .hearingAskedBefore, .noHearing: .hearing
            case .hearingTooSoon, .hearingOn: .hearingNotice
            case .reviewerChairs: .hearingChair
            case .receiptTaken, .noComplaint, .noSuchEvent, .textMissing: .record
            case .personalData, .namesApplicant: .privacy
            case .calendar: .timeLimit
            }
        }
    }
}

extension Case.ServiceRejection: CustomStringConvertible {
    /// What is wrong, and what is allowed; in English.
    public var description: String {
        switch self {
        case .noItem:
            "the case is of no item of the catalogue: take it in with `case receive`, with the item's code"
        case .otherItem(let pinned, let given): "the case goes by \(pinned) of the catalogue, not by \(given ?? "none")"
        case .noStanding: "name the officer, the unit and the role in which this is done"
        case .noOfficer(let actor): "'\(actor)' is no officer: a case of the catalogue is worked on by officer/…"
        case .noPost(let officer, let day):
            "\(officer) holds no post on \(day): `network officer \(officer)` shows which there were"
        case .cannotAct(let why): "\(why)"
        case .noSuchUnit(let unit, let day): "there is no unit \(unit) on \(day): `network show` lists them"
        case .noVillage(let unit): "\(unit) is no village's station: `network show` lists them"
        case .noSuchOfficer(let officer): "there is no officer \(officer): `network show` lists them"
        case .sealElsewhere(let unit, let place):
            "at that time \(unit) sits at \(place) without its seal: certify where the seal is"
        case .wrongRole(let role, let allowed):
            "\(Self.article(role.title[.english])) does not do that; who does: \(Self.list(allowed.map { $0.title[.english] }))"
        case .wrongUnit(let unit, let stage, let owner):
            "the stage '\(stage)' lies with \(owner), not with \(unit)"
        case .channelNotOffered(let channel, let offered):
            "the item is not offered through '\(channel.rawValue)'; it is through: \(Self.list(offered.map(\.rawValue)))"
        case .villageMissing: "the procedure goes through the applicant's village: name its station"
        case .unknownMaterials(let names, let known):
            "the item names no material \(Self.quoted(names)); it names: \(Self.list(known))"
        case .materialsMissing(let names, let deferrable):
            "\(Self.quoted(names)) was not handed in: give notice of all that is missing"
                + (deferrable.isEmpty ? "" : "; \(Self.quoted(deferrable)) may follow later, if it is promised")
        case .notDeferrable(let name, let deferrable):
            "'\(name)' may not follow later; what may: \(Self.list(deferrable))"
        case .materialThere(let name): "'\(name)' was handed in, or promised for later"
        case .deferralTooLong(let name, let limit, let most): "'\(name)' may follow within \(most), not \(limit)"
        case .notDeferred(let name): "'\(name)' was not promised for later"
        case .deferralRuns(let name, let due): "'\(name)' may follow until \(due)"
        case .closed: "the case is closed: reopen it first, with the reason"
        case .notAccepted: "the application is not accepted yet"
        case .accepted: "the application is accepted, and this is done before"
        case .decided: "the case is decided"
        case .stageNotOpen(let stage, let open): "the stage '\(stage)' is not worked on; these are: \(Self.list(open))"
        case .stageRouted: "the stages of an item begin and end by its procedure: sign, return or decide instead"
        case .otherKind(let stage, let kind): "the stage '\(stage)' is a \(kind.rawValue)"
        case .assignedToOthers(let stage, let officers): "the stage '\(stage)' is assigned to \(Self.list(officers))"
        case .assignedBefore(let stage, let officers):
            "the stage '\(stage)' is assigned to \(Self.list(officers)): hand it over instead"
        case .notAssigned(let stage, let officer, let assigned):
            "the stage '\(stage)' is not assigned to \(officer), but to: \(Self.list(assigned))"
        case .signedBefore(let stage, let officer): "\(officer) has signed '\(stage)': it takes two different officers"
        case .samePost(let stage, let post):
            "\(post) has signed '\(stage)', and A and B of a post count as one: it takes officers of two posts"
        case .hearingOutstanding: "a hearing was asked for: hold it, or record that the applicant does without"
        case .notDecided: "nothing was decided yet"
        case .sealedAnotherTime(let at, let now):
            "the seal is used when it is recorded: it is \(now), not \(at)"
        case .otherDocument: "that is not the document that was sealed"
        case .notOurs(let unit, let works):
            "\(unit) does not work on this case; who does: \(Self.list(works))"
        case .notBefore(let stage, let later, let earlier):
            "'\(stage)' does not come before '\(later)'; what does: \(Self.list(earlier))"
        case .stagesOpen(let stages, let next):
            "these stages have to end before the decision: \(Self.list(stages)); now open: \(Self.list(next))"
        case .objection(let stage): "the stage '\(stage)' has an objection: deny, or return it"
        case .countyDecides(let stage): "the county decides: record its answer to '\(stage)'"
        case .notForwarded(let stage): "'\(stage)' was not sent yet: forward it first"
        case .forwardedBefore(let stage, let unit): "'\(stage)' was sent to \(unit), whose answer is awaited"
        case .separation(let separation, let officer):
            switch separation {
            case .acceptorDecides: "\(officer) accepted the case, so another officer decides"
            case .acceptorSeals: "\(officer) accepted the case, so another officer uses the seal"
            case .deciderSeals: "\(officer) decided the case, so another officer uses the seal"
            }
        case .sealsNothing: "no seal is used on this item"
        case .otherMatter(let given, let matter): "the item is sealed in the matter '\(matter)', not '\(given)'"
        case .notGranted: "nothing was granted"
        case .sealedBefore: "the decision was sealed before"
        case .notSealed(let matter): "the decision is not sealed yet (matter '\(matter)')"
        case .unknownResult(let result, let known): "the item's results are: \(Self.list(known)), not '\(result)'"
        case .issuedBefore(let result): "'\(result)' was made out before"
        case .notIssued: "no document was made out yet"
        case .hearingAskedBefore: "a hearing was asked for before"
        case .noHearing: "no hearing was asked for"
        case .hearingTooSoon(let day, let earliest):
            "the parties are told seven days before: not \(day), but \(earliest) at the earliest"
        case .hearingOn(let day): day.map { "the hearing was announced for \($0)" } ?? "the hearing was not announced"
        case .reviewerChairs(let officer): "\(officer) reviewed the case, so another officer chairs the hearing"
        case .receiptTaken(let receipt, let charge):
            "the receipt '\(receipt)' stands for \(ServiceItem.Fee.yuan(fen: charge.fen)) yuan: another charge has a number of its own, and `case amend` says what is right"
        case .noComplaint(let reference, let open):
            "there is no open complaint '\(reference)'; open are: \(Self.list(open))"
        case .noSuchEvent(let number, let last): "the case has no event \(number): give 1 to \(last)"
        case .textMissing(let what): "\(what) is missing"
        case .personalData(let trace): trace.words[.english]
        case .namesApplicant:
            "the text names the applicant: write 'the applicant', the data stand in the vault"
        case .noDigest: "the document's digest is base64 of 32 bytes (SHA-256)"
        case .calendar(let why): "the calendar does not reach far enough: \(why)"
        }
    }

    /// `a reviewer`, `an inspector`
    private static func article(_ name: String) -> String {
        "\(name.first.map { "aeiou".contains($0) } == true ? "an" : "a") \(name)"
    }

    private static func list(_ names: [some CustomStringConvertible]) -> String {
        names.isEmpty ? "none" : names.map(\.description).joined(separator: ", ")
    }

    private static func quoted(_ names: [String]) -> String { names.map { "'\($0)'" }.joined(separator: ", ") }
}
