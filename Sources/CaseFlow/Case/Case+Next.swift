import EventStore
import WorkingTime

extension Case {
    /// Something that may be done with a case now.
    public struct NextAct: Sendable, Hashable {
        /// The command, as the shell names it.
        public var act: String
        /// The stage that it belongs to; nil for the case as a whole.
        public var stage: String?
        /// Who does it, by role; none: everybody.
        public var roles: [OfficerRole]
        /// In which unit; nil for any.
        public var unit: UnitCode?
        /// The officers it is assigned to; none: whoever stands in the unit and the role.
        public var officers: [OfficerID]
        /// Whether it brings the case on its way; else it is possible at any time, as a complaint.
        public var isOnTheWay: Bool
    }

    /// What may be done with a case at a moment, found by asking the decider itself with a well-formed command of each
    /// kind: what stands here is not refused, and what is not here is. One thing is left out that would not be: to charge
    /// more than the item costs. Pure. In the order of a case's life.
    public static func next(_ state: State, at: ZonedTime, under law: Law) -> [NextAct] {
        guard state.phase != .unknown else { return [] }
        var acts: [NextAct] = []
        for probe in Probes(state: state, at: at, law: law).all {
            let isAllowed = (try? decide(probe.command, state)).map { !$0.isEmpty } ?? false
            if isAllowed, !acts.contains(probe.act) { acts.append(probe.act) }
        }
        return acts
    }

    /// The commands that are asked about.
    private struct Probes {
        let state: State
        let at: ZonedTime
        let law: Law

        struct Probe {
            let act: NextAct
            let command: Command
        }

        private static let officer = OfficerID(trusted: "somebody")
        private static let colleague = OfficerID(trusted: "somebody-else")
        private static let text = "text"

        private func probe(
            _ fact: ProcedureFact,
            stage name: String? = nil,
            isOnTheWay: Bool = true,
            at other: ZonedTime? = nil
        ) -> Probe {
            let stage = name.flatMap { law.item?.stage($0) }
            let done = name.flatMap { state.work?.stages[$0] }
            var roles = fact.roles
            var unit: UnitCode?
            var officers: [OfficerID] = []
            if let stage, fact.isOfStage {
                roles = [stage.role]
                unit = state.work?.unit(of: stage)
                officers = done?.assigned ?? []
            }
            let signer = officers.first { officer in !(done?.findings.contains { $0.officer == officer } ?? false) }
            let role = roles.first ?? .window
            let standing = Standing(
                officer: signer ?? Self.officer,
                unit: unit ?? state.work?.intake.place ?? UnitCode(trusted: "unit"),
                role: role,
                post: PostCode(UnitCode(trusted: "unit"), ShortName(trusted: "post"))
            )
            var asked = fact
            if case .sealed(var use) = fact {
                use.keeper = standing.officer
                asked = .sealed(use)
            }
            return Probe(
                act: NextAct(
                    act: fact.command,
                    stage: name,
                    roles: roles,
                    unit: unit,
                    officers: officers,
                    isOnTheWay: isOnTheWay
                ),
                command: .record(asked, at: other ?? at, under: law, by: state.work == nil ? nil : standing)
            )
        }

        var all: [Probe] {
            let close = NextAct(act: "close", roles: [.window, .agent, .director], officers: [], isOnTheWay: true)
            let reopen = NextAct(act: "reopen", roles: [.director], officers: [], isOnTheWay: false)
            let director = Standing(
                officer: Self.officer,
                unit: state.work?.intake.place ?? UnitCode(trusted: "unit"),
                role: .director,
                post: PostCode(UnitCode(trusted: "unit"), ShortName(trusted: "post"))
            )
            return acceptance + stages + pauses + ending
                + [
                    Probe(act: close, command: .close(at: at, under: state.progress.pin == nil ? nil : law)),
                    Probe(
                        act: reopen,
                        command: .reopen(
                            at: at,
                            reason: Self.text,
                            under: state.progress.pin == nil ? nil : law,
                            by: state.work == nil ? nil : director
                        )
                    ),
                ] + anyTime
        }

        private var acceptance: [Probe] {
            let missing = law.item.map { item in
                item.materials.filter { $0.isHandedIn && !(state.work?.materials.contains($0.key) ?? false) }.map(\.key)
            }
            let noticed = state.progress.notices.flatMap(\.materials)
            let asked = missing.flatMap { $0.isEmpty ? nil : $0 } ?? law.item?.materials.map(\.key) ?? [Self.text]
            let deferrable = law.item?.materials.filter { $0.mayFollow != nil } ?? []
            return [probe(.correctedOnSpot(Self.text))]
                + deferrable.compactMap { material in
                    if state.work?.deferred[material.key] != nil || state.work?.materials.contains(material.key) == true
                    {
                        return nil
                    }
                    return material.mayFollow.map { probe(.materialDeferred(material.key, within: $0)) }
                }
                + [
                    probe(.supplementNoticed(materials: asked, within: nil)),
                    probe(.supplementReceived(materials: noticed.isEmpty ? asked : noticed, isComplete: true)),
                    probe(.accepted(isDeemed: false)), probe(.accepted(isDeemed: true), at: state.receivedAt),
                    probe(.acceptanceRefused(.notNeeded, competentBody: nil, reason: Self.text)),
                ]
                + (state.work?.deferred.keys.sorted() ?? []).flatMap { name in
                    [probe(.materialFollowed(name)), probe(.fileReturned(name))]
                }
        }

        private var stages: [Probe] {
            let open = state.work?.openStages ?? []
            return open.flatMap { name -> [Probe] in
                let assigned = state.work?.stages[name]?.assigned.first
                return [
                    probe(.stageSigned(stage: name, .agreement, remark: ""), stage: name),
                    probe(
                        .forwarded(stage: name, to: UnitCode(trusted: "county"), reference: Self.text),
                        stage: name
                    ),
                    probe(
                        .answered(stage: name, .granted, reference: Self.text, reasons: "", remedy: ""),
                        stage: name
                    ),
                    probe(.assigned(stage: name, to: Self.officer), stage: name, isOnTheWay: false),
                ]
                    + (assigned.map { from in
                        [
                            probe(
                                .handedOver(stage: name, from: from, to: Self.colleague, reason: Self.text),
                                stage: name,
                                isOnTheWay: false
                            )
                        ]
                    } ?? [])
                    + (law.item?.predecessors(of: name) ?? []).suffix(1).map { earlier in
                        probe(
                            .returned(from: name, to: earlier, reason: Self.text, undone: []),
                            stage: name,
                            isOnTheWay: false
                        )
                    }
            }
        }

        private var pauses: [Probe] {
            var probes: [Probe] = []
            if let ground = law.rules.grounds.first, let day = Limit(1, .workingDays) {
                probes.append(probe(.suspended(ground: ground.name, told: day)))
            }
            probes.append(probe(.resumed))
            for clock in law.rules.clocks {
                guard
                    let power = clock.extensions.first(where: {
                        $0.handling.isEmpty || $0.handling.contains(state.progress.pin?.handling ?? .single)
                    })
                else { continue }
                probes.append(
                    probe(
                        .extended(clock.name, by: power.limit, authority: power.authority, reason: Self.text),
                        isOnTheWay: false
                    )
                )
            }
            return probes + [
                probe(.hearingAsked, isOnTheWay: false),
                probe(.hearingAnnounced(on: at.localDate.adding(days: 7) ?? at.localDate)),
                probe(.hearingHeld), probe(.hearingWaived, isOnTheWay: false),
            ]
        }

        private var ending: [Probe] {
            let decision = law.item?.decision?.name.rawValue
            let digest = String(repeating: "A", count: 43) + "="
            let officer = Self.officer
            return [
                probe(.decided(isGranted: true, reasons: "", remedy: ""), stage: decision),
                probe(.decided(isGranted: false, reasons: Self.text, remedy: Self.text), stage: decision),
            ]
                + [law.item?.seal].compactMap { $0 }.map { matter in
                    probe(.sealed(SealUse(matter: matter, document: digest, keeper: officer)))
                }
                + [
                    probe(.issued(Issue(result: law.item?.results.first?[.english] ?? Self.text))),
                    probe(.delivered(by: .window)),
                    probe(.withdrawn, isOnTheWay: false),
                    probe(.terminated(reason: Self.text), isOnTheWay: false),
                    probe(.rated(.satisfied, followUp: nil)),
                    probe(.calledBack),
                ]
        }

        private var anyTime: [Probe] {
            let complaints = state.work?.openComplaints.sorted() ?? []
            let open = (law.item?.fee?.fen ?? 0) - (state.work?.charged ?? 0)
            let undeclared = state.work.map { work in Separation.allCases.filter { work.exceptions[$0] == nil } } ?? []
            return [
                probe(.visited(VisitID(trusted: "visit-of-a-probe")), isOnTheWay: false),
                probe(.complained(reference: "a probe's", about: Self.text), isOnTheWay: false),
            ]
                + [FeeCharge(fen: open)].compactMap(\.self).map { probe(.feeCharged($0), isOnTheWay: false) }
                + complaints.map { probe(.complaintAnswered(reference: $0, isUpheld: false, answer: Self.text)) }
                + undeclared.map { probe(.exceptionDeclared($0, reason: Self.text), isOnTheWay: false) }
                + [probe(.recordCorrected(event: 1, text: Self.text), isOnTheWay: false)]
        }
    }
}

extension Case.ProcedureFact {
    /// Whether it is done in a stage, by those whose stage it is.
    var isOfStage: Bool {
        switch self {
        case .stageSigned, .returned, .decided, .answered, .assigned: true
        default: false
        }
    }

    /// The command of the shell that records it.
    public var command: String {
        switch self {
        case .rulesPinned: "open"
        case .supplementNoticed: "notice"
        case .supplementReceived: "supplement"
        case .accepted(let isDeemed): isDeemed ? "accept --deemed" : "accept"
        case .acceptanceRefused: "refuse"
        case .reviewAccepted, .reviewForwarded: "review"
        case .suspended: "suspend"
        case .resumed: "resume"
        case .extended: "extend"
        case .stageBegun, .stageEnded: "stage"
        case .decided: "decide"
        case .delivered: "deliver"
        case .withdrawn: "withdraw"
        case .terminated: "terminate"
        case .rated: "rate"
        case .calledBack: "call-back"
        case .correctedOnSpot: "correct"
        case .materialDeferred: "defer"
        case .materialFollowed: "follow"
        case .fileReturned: "return-file"
        case .assigned: "assign"
        case .handedOver: "hand-over"
        case .stageSigned: "sign"
        case .returned: "return"
        case .forwarded: "forward"
        case .answered: "answer"
        case .hearingAsked, .hearingAnnounced, .hearingHeld, .hearingWaived: "hearing"
        case .exceptionDeclared: "except"
        case .sealed: "seal"
        case .issued: "issue"
        case .visited: "visit"
        case .feeCharged: "fee"
        case .complained: "complain"
        case .complaintAnswered: "answer-complaint"
        case .recordCorrected: "amend"
        }
    }
}

extension Case.NextAct {
    /// The running clock that the act would stop and that ends first; nil where none waits for it. A stage's own clock
    /// counts for what is done in the stage.
    public func until(_ clocks: [ClockReading]) -> ClockReading? {
        clocks.filter { clock in
            guard case .running = clock.phase, clock.due != nil else { return false }
            if let stage, clock.rule.start == .stageBegun { return clock.stage == stage }
            guard let milestone else { return false }
            return clock.rule.stops.contains(milestone)
        }.min { left, right in
            guard let one = left.due, let other = right.due else { return false }
            return one.date < other.date
        }
    }

    /// What of the rules it reaches.
    private var milestone: Milestone? {
        switch act {
        case "notice": .supplementNoticed
        case "supplement": .supplementReceived
        case "accept", "accept --deemed": .accepted
        case "refuse": .acceptanceRefused
        case "decide": .decided
        case "answer": .decided
        case "forward": .reviewForwarded
        case "resume": .resumed
        case "deliver": .delivered
        case "follow": .materialFollowed
        case "call-back": .calledBack
        default: nil
        }
    }
}
