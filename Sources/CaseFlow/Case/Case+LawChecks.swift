import WorkingTime

/// What the law asks of every fact alike: its time, its place in the order, and the rules that the case is pinned to.
extension Case.Law {
    /// How far the clock on a desk may be ahead of the one that records; microseconds.
    static let clockLead: Int64 = 60_000_000

    /// Nothing is recorded before it happens.
    func check(_ at: ZonedTime) throws(Case.ProcedureRejection) {
        if at.localDate > today { throw .inFuture(at.localDate, today: today) }
        if let now, at.microsecondsSinceEpoch > now.microsecondsSinceEpoch + Self.clockLead {
            throw .laterThanNow(at, now: now)
        }
    }

    /// Nothing takes effect before what it follows on.
    func check(_ name: String, at: ZonedTime, notBefore reached: [Case.Progress.Reached])
        throws(Case.ProcedureRejection)
    {
        guard let last = reached.max(by: { $0.at.timestamp < $1.at.timestamp }), at.timestamp < last.at.timestamp
        else { return }
        throw .outOfOrder(name, at: at, before: last.fact, of: last.at, article: rules.basis.event?[.english])
    }

    /// A case is closed or reopened after what it has come to, and not ahead of the clock.
    func checkEnd(_ name: String, at: ZonedTime, _ state: Case.State) throws(Case.Rejection) {
        let received = state.receivedAt.map { [Case.Progress.Reached("received", at: $0)] } ?? []
        let closed = state.closedAt.map { [Case.Progress.Reached("closed", at: $0)] } ?? []
        do throws(Case.ProcedureRejection) {
            try check(at)
            try check(name, at: at, notBefore: received + state.progress.ends + closed)
        } catch {
            throw .procedure(error, rules.citation(of: error))
        }
    }
}

extension Case.RulePin {
    /// `cn-licensing 1`
    public var name: String { "\(pack) \(version)" }
}

extension Case.Law {
    /// Limits in minutes of service need a service calendar that is there.
    func checkService(_ pin: Case.RulePin) throws(Case.ProcedureRejection) {
        if let code = pin.serviceCalendar {
            if !serviceCalendars.contains(code) { throw .serviceCalendarUnknown(code, known: serviceCalendars) }
        } else if rules.countsServiceMinutes(pin) {
            throw .serviceCalendarMissing(known: serviceCalendars)
        }
    }
}

extension RulePack {
    /// Whether a limit begins with acceptance: under other laws, as one that counts from the receipt, a case needs none
    /// to be suspended or decided.
    var knowsAcceptance: Bool { clocks.contains { $0.start == .accepted } }
}

extension Case.Law {
    /// A promise is shorter than or equal to the statute that applies: the item's own, or that of the rules.
    func checkPromise(_ pin: Case.RulePin) throws(Case.ProcedureRejection) {
        guard let promise = pin.promise, let clock = rules.clocks.first(where: { $0.itemLimit == .statute }),
            let statute = clock.length(pin, told: nil), promise.isLonger(than: statute.limit)
        else { return }
        throw .promiseLonger(promise, statute: statute.limit, article: statute.article[.english])
    }
}

extension Case.Progress {
    /// Whether a clock that starts once runs now.
    func isRunning(_ clock: RulePack.Clock) -> Bool {
        guard let pin, clock.length(pin, told: nil) != nil else { return false }
        let hasStarted =
            switch clock.start {
            case .received: true
            case .accepted: acceptedAt != nil
            case .reviewAccepted: reviewAcceptedAt != nil
            case .granted: isGranted == true
            default: false
            }
        if !hasStarted { return false }
        return !clock.stops.contains { milestone in
            switch milestone {
            case .accepted: acceptedAt != nil
            case .decided: decidedAt != nil
            case .delivered: deliveredAt != nil
            case .reviewForwarded: reviewForwardedAt != nil
            case .supplementNoticed: !notices.isEmpty
            default: false
            }
        }
    }
}
