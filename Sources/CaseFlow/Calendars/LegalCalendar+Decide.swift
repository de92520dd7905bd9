import EventStore
import WorkingTime

extension LegalCalendar {
    /// What happens when a command meets a calendar. Pure; `[]` when it is so already.
    public static func decide(_ command: Command, _ state: State) throws(Rejection) -> [CalendarEvent] {
        if state.isServiceCalendar { throw .isServiceCalendar }
        switch command {
        case .enter(let drafts, let actor, let moment, let shipped):
            var state = state
            var events: [CalendarEvent] = []
            for draft in drafts {
                guard let event = try enter(draft, by: actor, at: moment, shipped: shipped, state) else { continue }
                evolve(&state, event)
                events.append(event)
            }
            return events
        case .confirm(let number, let actor, let moment, let shipped):
            guard state.entries.indices.contains(number - 1) else { throw .noSuchEntry(number) }
            let held = state.entries[number - 1]
            if held.confirmedBy != nil { return [] }
            if let other = held.replacedBy { throw .replaced(entry: number, by: other) }
            if held.enteredBy == actor { throw .samePerson(actor, entry: number) }
            // What was entered upon a year that waits takes effect only after that year.
            var known = try Known(shipped, state)
            if let year = held.entry.year { known.years.insert(year) }
            for change in held.entry.changes where !known.years.contains(change.date.year) {
                throw .notPublished(change.date, waiting: state.waiting(year: change.date.year))
            }
            return [CalendarEvent(effectiveAt: moment, actor: actor, fact: .confirmed(entry: number))]
        case .delete(let number):
            guard state.entries.indices.contains(number - 1) else { throw .noSuchEntry(number) }
            throw .deletionRefused(entry: number)
        }
    }

    /// What an event does to a calendar. Released meanings do not change.
    public static func evolve(_ state: inout State, _ event: CalendarEvent) {
        switch event.fact {
        case .published(let entry):
            for index in state.entries.indices
            where state.entries[index].isWaiting && state.entries[index].entry.year == entry.year {
                state.entries[index].replacedBy = entry.number
            }
            state.entries.append(Held(entry: entry, enteredBy: event.actor, enteredAt: event.effectiveAt))
        case .amended(let entry):
            state.entries.append(Held(entry: entry, enteredBy: event.actor, enteredAt: event.effectiveAt))
        case .confirmed(let number):
            guard state.entries.indices.contains(number - 1) else { return }
            state.entries[number - 1].confirmedBy = event.actor
            state.confirmed.append(number)
        case .adopted(let adoption):
            state.adoptions.append(Adopted(adoption: adoption, confirmedBefore: state.confirmed.count))
        case .serviceHoursSet: state.isServiceCalendar = true
        }
    }

    /// The event of one draft; nil when it has been entered already.
    private static func enter(
        _ draft: Draft,
        by actor: Actor,
        at moment: Timestamp,
        shipped: CalendarHistory?,
        _ state: State
    ) throws(Rejection) -> CalendarEvent? {
        let entry = Entry(
            number: state.entries.count + 1,
            year: draft.year,
            week: draft.year == nil ? .mondayToFriday : draft.week,
            knownSince: draft.knownSince,
            notice: draft.notice,
            changes: draft.changes
        )
        // The same again by the same person, as long as it stands: the command was repeated.
        let said = state.entries.last {
            $0.replacedBy == nil && $0.enteredBy == actor && $0.entry.saysTheSame(as: entry)
        }
        if let said, said.isWaiting || entry.year != nil { return nil }
        if let year = draft.year {
            guard (1...9999).contains(year) else { throw .year(year) }
            let adopted = state.adoptions.last?.adoption.entries ?? .max
            if let shipped, shipped.entries.prefix(adopted).contains(where: { $0.year == year }) {
                throw .shipped(year: year)
            }
            if let held = state.entries.first(where: { $0.confirmedBy != nil && $0.entry.year == year }) {
                throw .publishedTwice(year: year, entry: held.entry.number)
            }
            let known =
                shipped?.week ?? state.entries.first { $0.entry.year != nil && $0.isWaiting == false }?.entry.week
            if let known, known != draft.week { throw .otherWeek(draft.week, has: known) }
        }
        var known = try Known(shipped, state)
        for held in state.entries where held.isWaiting && held.entry.year != nil { known.apply(held.entry) }
        if let year = draft.year { known.begin(year) }
        do throws(Rejection) {
            try known.check(draft.changes, isAmendment: draft.year == nil)
        } catch {
            // A confirmed amendment is the same again only while it has not been amended in its turn.
            if said != nil { return nil }
            throw error
        }
        if draft.notice.allSatisfy(\.isWhitespace), !draft.hasNoNotice { throw .noNotice(year: draft.year) }
        return CalendarEvent(
            effectiveAt: moment,
            actor: actor,
            fact: draft.year == nil ? .amended(entry) : .published(entry)
        )
    }

    /// The years and exceptions that entries add up to.
    struct Known {
        var years: Set<Int> = []
        var exceptions: [CivilDate: DayException] = [:]

        init() {}

        /// What was confirmed and adopted, in order. A log that has adopted nothing goes by all that is shipped.
        init(_ shipped: CalendarHistory?, _ state: State) throws(Rejection) {
            let history = shipped ?? CalendarHistory(code: "")
            if let last = state.adoptions.last {
                do { try history.check(last.adoption) } catch { throw .mismatch(error) }
            } else {
                for entry in history.entries { apply(year: entry.year, entry.changes) }
            }
            var taken = 0
            for count in 0...state.confirmed.count {
                for adopted in state.adoptions where adopted.takesEffectAfter == count {
                    for entry in history.entries.prefix(adopted.adoption.entries).dropFirst(taken) {
                        adopt(year: entry.year, entry.changes, adopted.adoption.known)
                    }
                    taken = max(taken, adopted.adoption.entries)
                }
                if count < state.confirmed.count { apply(state.entries[state.confirmed[count] - 1].entry) }
            }
        }

        /// What comes from the program; false for what is passed over: a year that the log knows already, because two
        /// of its own officers have published it, and have perhaps amended it since.
        @discardableResult
        mutating func adopt(year: Int?, _ changes: [CalendarHistory.Change], _ adopted: CalendarAdoption.Known) -> Bool
        {
            if let year, adopted == .recording, years.contains(year) { return false }
            apply(year: year, changes)
            return true
        }

        mutating func apply(_ entry: Entry) { apply(year: entry.year, entry.changes) }

        /// A publication says all that there is to say of its year, whatever was known of it before.
        mutating func begin(_ year: Int) {
            if years.insert(year).inserted { return }
            exceptions = exceptions.filter { $0.key.year != year }
        }

        mutating func apply(year: Int?, _ changes: [CalendarHistory.Change]) {
            if let year { begin(year) }
            for change in changes {
                switch change {
                case .exception(let exception): exceptions[exception.date] = exception
                case .normal(let date): exceptions[date] = nil
                }
            }
        }

        func check(_ changes: [CalendarHistory.Change], isAmendment: Bool) throws(Rejection) {
            var seen: Set<CivilDate> = []
            var isNew = false
            for change in changes {
                let date = change.date
                guard seen.insert(date).inserted else { throw .twice(date) }
                guard years.contains(date.year) else { throw .notPublished(date, waiting: nil) }
                switch change {
                case .exception(let exception): if exceptions[date] != exception { isNew = true }
                case .normal:
                    guard exceptions[date] != nil else { throw .noException(date) }
                    isNew = true
                }
            }
            if isAmendment, !isNew { throw .nothingToAmend }
        }
    }
}

extension LegalCalendar.State {
    /// The number of the entry of a year that waits to be confirmed.
    func waiting(year: Int) -> Int? {
        entries.last { $0.isWaiting && $0.entry.year == year }?.entry.number
    }
}
