import EventStore
import WorkingTime

extension TownSimulation {
    /// Holds what was played against what was reported. What is late is asked of the read tables, which first take in the
    /// whole log; so this costs about as much as a service that keeps them up to date.
    public func result() async throws -> SimulationResult {
        let end = Timestamp(microseconds: now)
        for projection in [CaseOverview(), CaseCompliance(), CaseClockProjection()] as [any Projection] {
            try await ProjectionRunner(projection, on: log).catchUp()
        }
        let last = options.from.adding(days: options.days - 1) ?? today
        let question = LateClocks(asOf: last, knownAt: end, isNow: true)
        let found = try await question.groups(log, by: "clock")
        var (clocks, late): ([String: Int], [String: Int]) = ([:], [:])
        for group in found.groups {
            guard let name = group.group else { continue }
            clocks[name] = Int(group.cases)
            late[name] = Int(group.late)
        }
        let position = try await log.head()
        var leaf = ""
        for try await event in log.read(after: max(0, position - 1)) { leaf = event.leafText }
        return SimulationResult(
            tally: tally,
            rows: profile.figures.map { figure in
                SimulationRow(
                    figure,
                    simulated: value(of: figure, clocks: clocks, late: late),
                    isTooFew: isTooFew(for: figure)
                )
            },
            position: position,
            lastLeaf: leaf,
            end: end,
            lateClocks: late.filter { $0.value > 0 },
            clocks: clocks,
            open: cases.values.count { !$0.isOver }
        )
    }

    /// Whether less was played than a figure needs to be held against a report: the report is of a period and a number of cases,
    /// and of a few days nothing follows. A count out of so many cases needs as many.
    private func isTooFew(for figure: TownProfile.Figure) -> Bool {
        let isOwn = options.days == profile.days && total == profile.cases
        switch figure.measure {
        case .windows, .villages, .groups, .departments, .items, .classes: return false
        case .satisfaction: return tally.ratings.values.reduce(0, +) < SimulationRow.fewestRatings
        case .postsCovered: return tally.daysOfA == 0
        default: return !isOwn && Double(tally.total) < max(figure.per ?? 0, Double(SimulationRow.fewestCases))
        }
    }

    private func value(of figure: TownProfile.Figure, clocks: [String: Int], late: [String: Int]) -> Double? {
        func cases(_ channels: [ServiceItem.Channel]) -> Int { channels.reduce(0) { $0 + (tally.cases[$1] ?? 0) } }
        func percent(_ part: Int, of whole: Int) -> Double? { whole == 0 ? nil : Double(part) * 100 / Double(whole) }
        let inVillages: [ServiceItem.Channel] = [.agent, .homeVisit]
        var value: Double?
        switch figure.measure {
        case .cases: value = Double(tally.total)
        case .casesAYear: value = Double(tally.total) * 365 / Double(options.days)
        case .atTheHall: value = Double(cases(ServiceItem.Channel.allCases.filter { !inVillages.contains($0) }))
        case .byAgents: value = Double(cases([.agent]))
        case .atHome: value = Double(cases([.homeVisit]))
        case .marketDays:
            if tally.marketDays > 0, tally.otherCases > 0 {
                value =
                    Double(tally.marketCases) / Double(tally.marketDays) * Double(tally.otherDays)
                    / Double(tally.otherCases)
            }
        case .inTime:
            let asked = ["promise", "decision"]
            let all = asked.reduce(0) { $0 + (clocks[$1] ?? 0) }
            value = percent(all - asked.reduce(0) { $0 + (late[$1] ?? 0) }, of: all)
        case .satisfaction:
            let all = tally.ratings.values.reduce(0, +)
            let poor = tally.ratings.filter { $0.key.isPoor }.values.reduce(0, +)
            value = percent(all - poor, of: all)
        case .bPosts: value = percent(tally.actsByB, of: tally.acts)
        case .postsCovered: value = percent(tally.daysCovered, of: tally.daysOfA)
        case .visits: value = tally.total == 0 ? nil : Double(tally.visits) / Double(tally.total)
        case .deemed: value = Double(tally.deemed)
        case .lateEntries: value = Double(tally.lateEntries)
        case .decided: value = Double(tally.decided)
        case .late: value = Double(late.values.reduce(0, +))
        case .windows, .villages, .groups, .departments, .items, .classes: value = standingFigure(figure.measure)
        }
        if figure.measure.isCount, let per = figure.per, tally.total > 0, let count = value {
            value = count * per / Double(tally.total)
        }
        return value
    }
}
