import EventStore

extension Case {
    /// Something that is to be done in a case now, and by whom.
    public struct Task: Sendable, Hashable {
        /// The stage, or the command where it belongs to no stage.
        public var name: String
        /// The command that does it.
        public var act: String
        /// Where.
        public var unit: UnitCode
        /// As what.
        public var role: OfficerRole
        /// By whom; nil for whoever stands in the unit and the role.
        public var assignee: OfficerID?
        /// Since when: of what is somebody's own, since it was assigned or handed over.
        public var since: ZonedTime
        /// Whether the centre waits for somebody else: the citizen, the county, the end of a suspension.
        public var isWaiting: Bool
        /// What its own clock watches: the stage, or the material that is to follow; nil where only the clocks of the whole
        /// case run.
        public var watched: String?
    }

    /// What is to be done in a case now; of cases that are not of the catalogue nothing is known. Pure.
    public static func tasks(_ state: State) -> [Task] {
        guard let work = state.work, state.phase == .open, let receivedAt = state.receivedAt else {
            return state.phase == .closed ? afterwards(state) : []
        }
        let progress = state.progress
        if progress.refusedAt ?? progress.abandonedAt != nil { return afterwards(state) }
        let place = work.intake.place
        func window(_ act: String, since: ZonedTime, isWaiting: Bool = false) -> Task {
            Task(
                name: act,
                act: act,
                unit: place,
                role: work.receiverRole,
                since: since,
                isWaiting: isWaiting
            )
        }
        guard progress.acceptedAt != nil else {
            if let notice = progress.notices.last, progress.completedAt == nil {
                return [window("supplement", since: notice.at, isWaiting: true)]
            }
            return [window("accept", since: progress.completedAt ?? receivedAt)]
        }
        let followUps = work.deferred.sorted { $0.key < $1.key }.map { name, deferral in
            var task = window("follow", since: deferral.at, isWaiting: true)
            (task.name, task.watched) = ("follow \(name)", name)
            return task
        }
        guard let decidedAt = progress.decidedAt else { return stages(work, progress) + followUps }
        if progress.deliveredAt != nil { return afterwards(state) }
        if work.issued != nil { return [window("deliver", since: decidedAt)] }
        if progress.isGranted == true, progress.pin?.seal != nil, work.seal == nil {
            var task = window("seal", since: decidedAt)
            task.role = .sealKeeper
            return [task]
        }
        return [window("issue", since: decidedAt)]
    }

    private static func stages(_ work: Work, _ progress: Progress) -> [Task] {
        work.openStages.flatMap { name -> [Task] in
            guard let stage = work.stages[name], let seat = stage.seat else { return [] }
            var task = Task(
                name: name,
                act: seat.kind == .decision ? "decide" : "sign",
                unit: seat.unit,
                role: seat.role,
                since: stage.begunAt,
                isWaiting: progress.suspension != nil,
                watched: name
            )
            if seat.kind == .forwarding {
                if stage.forwardedTo == nil {
                    // The papers go up from where they were worked on last.
                    let last = work.stages.values.filter { $0.endedAt != nil }
                        .max { ($0.endedAt?.timestamp ?? .earliest) < ($1.endedAt?.timestamp ?? .earliest) }
                    task.act = "forward"
                    task.unit = last?.seat?.unit ?? work.intake.place
                    task.role = last?.seat?.role ?? work.receiverRole
                } else {
                    task.act = "answer"
                }
            }
            let signed = stage.findings.map(\.officer) + stage.findings.compactMap(\.actingFor)
            let assigned = stage.assigned.filter { !signed.contains($0) }
            let places = max(seat.kind.officers - stage.findings.count - assigned.count, 0)
            return assigned.map { officer in
                var own = task
                own.assignee = officer
                own.since = stage.assignedAt[officer] ?? stage.begunAt
                return own
            } + (places > 0 ? [task] : [])
        }
    }

    /// What may be left to do after the end.
    private static func afterwards(_ state: State) -> [Task] {
        guard let work = state.work else { return [] }
        var tasks: [Task] = []
        func task(_ act: String, _ name: String, _ role: OfficerRole, since: ZonedTime) -> Task {
            Task(
                name: name,
                act: act,
                unit: work.intake.place,
                role: role,
                since: since,
                isWaiting: false
            )
        }
        if state.progress.rating?.isPoor == true, state.progress.calledBackAt == nil, let at = state.progress.ratedAt {
            tasks.append(task("call-back", "call-back", .window, since: at))
        }
        if let at = state.receivedAt {
            for reference in work.openComplaints.sorted() {
                tasks.append(task("answer-complaint", "complaint \(reference)", .director, since: at))
            }
        }
        return tasks
    }
}
