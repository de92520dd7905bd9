import EventStore
import WorkingTime

extension Case {
    /// The work behind the window on a case of a catalogue's item: who took it in, where each stage stands, and by whose
    /// hands it went. A case without a catalogue's item has none.
    public struct Work: Sendable, Hashable {
        /// What is known of one stage.
        public struct StageWork: Sendable, Hashable {
            /// When it began in this round.
            public var begunAt: ZonedTime
            /// With whom it lies.
            public var seat: StageSeat?
            /// When it ended; nil while it is worked on.
            public var endedAt: ZonedTime?
            /// Who is to do it; none: whoever stands in its unit and role.
            public var assigned: [OfficerID] = []
            /// Since when each of them has it.
            public var assignedAt: [OfficerID: ZonedTime] = [:]
            /// What was found, by whom, in the order in which it was signed.
            public var findings: [Signed] = []
            /// Where it was sent, and when, when the stage is a forwarding.
            public var forwardedTo: UnitCode?
            /// Nil before it was sent.
            public var forwardedAt: ZonedTime?

            /// Whether one of those who signed did not agree.
            public var hasObjection: Bool { findings.contains { $0.finding == .objection } }
        }

        /// A finding with the officer who signed it, and for whom.
        public struct Signed: Sendable, Hashable {
            /// What.
            public var finding: Finding
            /// Who.
            public var officer: OfficerID
            /// The A of the post, where B signed.
            public var actingFor: OfficerID?
            /// The post by which it was signed.
            public var post: PostCode
        }

        /// Material that was promised for later.
        public struct Deferral: Sendable, Hashable {
            /// Since when.
            public var at: ZonedTime
            /// Within what.
            public var within: Limit
        }

        /// How the case came in.
        public var intake: Intake
        /// The first person asked, whoever works on the case later (首问负责制).
        public var firstContact: OfficerID
        /// Who took the case in, and as what.
        public var receiver: OfficerID
        /// A window officer or an agent.
        public var receiverRole: OfficerRole
        /// Who accepted it; nil before, and where it counts as accepted.
        public var acceptor: OfficerID?
        /// What was handed in, by the names of the item's materials.
        public var materials: Set<String>
        /// What may still follow, by name.
        public var deferred: [String: Deferral] = [:]
        /// The stages that have begun, by name.
        public var stages: [String: StageWork] = [:]
        /// Who decided.
        public var decider: OfficerID?
        /// Who has ever signed a stage, also one that was undone.
        public var reviewers: Set<OfficerID> = []
        /// The exceptions from the separation of duties that the director declared, each with when it took effect.
        public var exceptions: [Separation: ZonedTime] = [:]
        /// The hearing.
        public var hearing = Hearing()
        /// The use of the seal on the decision, and when.
        public var seal: SealUse?
        /// Nil before the sealing.
        public var sealedAt: ZonedTime?
        /// What was made out for the citizen, and when.
        public var issued: Issue?
        /// Nil before the issue.
        public var issuedAt: ZonedTime?
        /// The visits that the citizen has made for it.
        public var visits: Set<VisitID>
        /// What the citizen was charged, in recorded order; also what was charged before the case was opened again.
        public var charges: [FeeCharge] = []
        /// The complaints that are not answered, by their references.
        public var openComplaints: Set<String> = []
        /// How many were made.
        public var complaints = 0

        /// The stages that are worked on.
        public var openStages: [String] { stages.filter { $0.value.endedAt == nil }.keys.sorted() }
    }

    /// How far a hearing has come.
    public struct Hearing: Sendable, Hashable {
        /// When it was asked for.
        public var askedAt: ZonedTime?
        /// The day that was announced.
        public var on: CivilDate?
        /// When it was held.
        public var heldAt: ZonedTime?
        /// Who chaired it.
        public var chair: OfficerID?
    }
}

extension Case {
    /// With whom a stage lies.
    public struct StageSeat: Sendable, Hashable {
        /// What is done.
        public var kind: ServiceItem.StageKind
        /// Where.
        public var unit: UnitCode
        /// By whom.
        public var role: OfficerRole

        /// A seat.
        public init(kind: ServiceItem.StageKind, unit: UnitCode, role: OfficerRole) {
            (self.kind, self.unit, self.role) = (kind, unit, role)
        }
    }
}

extension Case.Work {
    /// The work on a case that has just come in.
    init(_ intake: Case.Intake, by standing: Standing) {
        self.intake = intake
        (receiver, receiverRole) = (standing.officer, standing.role)
        firstContact = intake.firstContact ?? receiver
        materials = Set(intake.materials)
        visits = intake.visit.map { [$0] } ?? []
    }

    /// What a fact does to it. Released meanings do not change.
    mutating func take(_ fact: Case.ProcedureFact, at: ZonedTime, by standing: Standing?) {
        switch fact {
        case .supplementReceived(let materials, _): self.materials.formUnion(materials)
        case .accepted(let isDeemed): acceptor = isDeemed ? nil : standing?.officer
        case .materialDeferred(let name, let within): deferred[name] = Deferral(at: at, within: within)
        case .materialFollowed(let name):
            deferred[name] = nil
            materials.insert(name)
        case .stageBegun(let stage, _, let seat): stages[stage] = StageWork(begunAt: at, seat: seat)
        case .stageEnded(let stage): stages[stage]?.endedAt = at
        case .assigned(let stage, let officer):
            stages[stage]?.assigned.append(officer)
            stages[stage]?.assignedAt[officer] = at
        case .handedOver(let stage, let from, let to, _):
            stages[stage]?.assigned.removeAll { $0 == from }
            stages[stage]?.assigned.append(to)
            stages[stage]?.assignedAt[from] = nil
            stages[stage]?.assignedAt[to] = at
        case .stageSigned(let stage, let finding, _):
            guard let standing else { break }
            stages[stage]?.findings.append(
                Signed(
                    finding: finding,
                    officer: standing.officer,
                    actingFor: standing.actingFor,
                    post: standing.post
                )
            )
            reviewers.insert(standing.officer)
        case .returned(_, _, _, let undone): for stage in undone { stages[stage] = nil }
        case .forwarded(let stage, let unit, _):
            stages[stage]?.forwardedTo = unit
            stages[stage]?.forwardedAt = at
        case .hearingAsked: hearing = Case.Hearing(askedAt: at)
        case .hearingAnnounced(let day): hearing.on = day
        case .hearingHeld: (hearing.heldAt, hearing.chair) = (at, standing?.officer)
        case .hearingWaived: hearing = Case.Hearing()
        case .exceptionDeclared(let separation, _): exceptions[separation] = at
        // Where another body decides, who records its answer has not decided.
        case .decided: decider = stages.values.contains { $0.seat?.kind == .decision } ? standing?.officer : nil
        case .sealed(let use): (seal, sealedAt) = (use, at)
        case .issued(let issue): (issued, issuedAt) = (issue, at)
        case .visited(let visit): visits.insert(visit)
        case .feeCharged(let charge): charges.append(charge)
        case .complained(let reference, _):
            openComplaints.insert(reference)
            complaints += 1
        case .complaintAnswered(let reference, _, _): openComplaints.remove(reference)
        case .rulesPinned, .supplementNoticed, .acceptanceRefused, .reviewAccepted, .reviewForwarded, .suspended,
            .resumed, .extended, .answered, .fileReturned, .correctedOnSpot, .recordCorrected, .delivered, .withdrawn,
            .terminated, .rated, .calledBack:
            break
        }
    }

    /// Whether the same charge stands there, by the number of its receipt.
    func has(_ fact: Case.ProcedureFact) -> Bool {
        guard case .feeCharged(let charge) = fact, charge.receipt != nil else { return false }
        return charges.contains(charge)
    }

    /// A case that is opened again is decided anew: what came after its stages is undone, and stays in the record.
    mutating func reopen() {
        (decider, seal, sealedAt) = (nil, nil, nil)
        (issued, issuedAt) = (nil, nil)
    }
}
