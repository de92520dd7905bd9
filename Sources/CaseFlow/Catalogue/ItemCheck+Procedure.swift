import EventStore
import WorkingTime

extension ItemCheck {
    /// The stages: their names, their order, what the category wants of them, and their limits together.
    func procedure(of item: ServiceItem, _ rules: RulePack?, into issues: inout [ItemIssue]) {
        if item.stages.isEmpty {
            issues.append(.noStages())
            return
        }
        names(of: item, into: &issues)
        let reachable = item.reachableStages
        order(of: item, reachable, into: &issues)
        kinds(of: item, reachable, into: &issues)
        guard let total = item.total else { return }
        var index: [ShortName: Int] = [:]
        var steps: [LimitFit.Step] = []
        for stage in reachable {
            steps.append(LimitFit.Step(limit: stage.limit, after: stage.after.compactMap { index[$0] }))
            index[stage.name] = steps.count - 1
        }
        let fit = LimitFit(steps, in: total, rules, calendar(of: rules))
        switch fit {
        case .fits: break
        case .notComparable: issues.append(.stagesNotComparable(total))
        case .longer, .later: issues.append(.stagesExceed(total, fit))
        }
    }

    private func names(of item: ServiceItem, into issues: inout [ItemIssue]) {
        var first: [ShortName: Int] = [:]
        for (index, stage) in item.stages.enumerated() {
            if first[stage.name] != nil {
                issues.append(.duplicateStage(stage.name, index))
            } else {
                first[stage.name] = index
            }
        }
        for (index, stage) in item.stages.enumerated() {
            for name in stage.after where first[name] == nil {
                issues.append(.unknownStage(name, stage.name, known: first.keys.sorted(), index))
            }
        }
    }

    private func order(of item: ServiceItem, _ reachable: [ServiceItem.Stage], into issues: inout [ItemIssue]) {
        let reached = Set(reachable.map(\.name))
        let known = Set(item.stages.map(\.name))
        let decisions = Set(item.stages.filter { $0.kind == .decision }.map(\.name))
        for (index, stage) in item.stages.enumerated() where !reached.contains(stage.name) {
            // What waits for a stage that there is not has been told already.
            if stage.after.contains(where: { !known.contains($0) }) { continue }
            let decision = stage.after.first { decisions.contains($0) }
            let waiting = stage.after.filter { !reached.contains($0) }
            issues.append(.unreachable(stage.name, behind: decision, waiting: waiting, index))
        }
    }

    private func kinds(of item: ServiceItem, _ reachable: [ServiceItem.Stage], into issues: inout [ItemIssue]) {
        let kinds = Set(reachable.map(\.kind))
        if !kinds.contains(.decision), !kinds.contains(.forwarding) { issues.append(.noDecision()) }
        let forwards = kinds.contains(.preliminaryReview) && kinds.contains(.forwarding)
        if item.category == .preliminaryReview, !forwards { issues.append(.forwardingMissing()) }
        if item.category != .preliminaryReview, kinds.contains(.forwarding) {
            let index = item.stages.firstIndex { $0.kind == .forwarding }
            issues.append(.forwardingUnexpected(item.category, index ?? 0))
        }
    }

    /// The units and their posts.
    func posts(of item: ServiceItem, into issues: inout [ItemIssue]) {
        guard let network else { return }
        if let unit = item.unit, network.posts(of: unit) == nil { issues.append(.unknownUnit(unit, .unit)) }
        for (index, stage) in item.stages.enumerated() {
            switch stage.place {
            case .unit(let unit):
                guard let posts = network.posts(of: unit) else {
                    issues.append(.unknownUnit(unit, .stage(index)))
                    continue
                }
                if posts[stage.role, default: 0] < stage.kind.officers {
                    issues.append(.missingPost(stage, [unit], has: posts[stage.role, default: 0], index))
                }
            case .applicantsVillage:
                let stations = network.villageStations
                let without = stations.filter { (network.posts(of: $0)?[stage.role] ?? 0) < stage.kind.officers }
                if stations.isEmpty {
                    issues.append(.noVillages(index))
                } else if !without.isEmpty {
                    let fewest = without.map { network.posts(of: $0)?[stage.role] ?? 0 }.min() ?? 0
                    issues.append(.missingPost(stage, without, has: fewest, index))
                }
            }
        }
    }
}
