import EventStore
import WorkingTime

/// What was recorded long after it is said to have happened.
extension CaseFindings {
    /// Late entries. A receipt at a village's point that was uploaded later is one, too: its time stays the legal one, and
    /// the delay is shown. What a source told, and an acceptance that nobody declared, are none.
    func lateEntries() -> [Finding] {
        let most = Int64(settings.lateEntryHours) * 3_600_000_000
        let sitting = Int64(settings.batchMinutes) * 60_000_000
        var found: [Finding] = []
        var previous: CaseRecord.Entry?
        for entry in own where entry.delay > most && !(entry.fact?.isDeemedAcceptance ?? false) {
            defer { previous = entry }
            // What somebody keyed at one sitting is one entry.
            if let previous, previous.actor == entry.actor,
                entry.recordedAt.microseconds - previous.recordedAt.microseconds <= sitting
            {
                found[found.count - 1].positions.append(entry.position)
                continue
            }
            let hours = entry.delay / 3_600_000_000
            let recorded = Moment.day(of: entry.recordedAt, in: clocks.zone) ?? entry.day
            let name = entry.title
            found.append(
                finding(
                    .lateEntry,
                    entry,
                    LocalizedText(
                        "'\(name[.english])' is said to have happened on \(entry.day), and was recorded \(hours) hours later",
                        "“\(name[.chinese])”称发生于 \(entry.day)，\(hours) 小时后才录入"
                    ),
                    on: recorded
                )
            )
        }
        return found
    }
}

extension CaseRecord.Entry {
    /// What it is, for people: of a fact its name in the log.
    fileprivate var title: LocalizedText {
        switch event.fact {
        case .received: LocalizedText("receipt", "收件")
        case .closed: LocalizedText("closed", "办结")
        case .reopened: LocalizedText("reopened", "重新办理")
        case .procedure(let fact, _): LocalizedText(fact.name, fact.name)
        case .stepRecorded, .deadlineSet, .card: LocalizedText("step", "环节")
        }
    }
}
