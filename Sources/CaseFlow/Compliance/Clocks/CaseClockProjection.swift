import EventStore
import PostgresClient
import TransparencyLog
import WorkingTime

/// The projection `case-clocks`: for every clock of every case, and for the limit that an imported case's source gives,
/// what was known of it and when; what is to be done in the case, what happens next by itself, and its cards. See
/// `case_clocks`, `case_tasks`, `case_rungs` and `case_cards` in `schema/tables`.
///
/// What a batch needs to know of its cases it reads again from their streams, steps left out, in one query: the streams
/// are the state. A table of folded cases would be a second copy of the facts that every event rewrites.
public struct CaseClockProjection: ContinuingProjection, StreamwiseProjection {
    /// `case-clocks`
    public let name = "case-clocks"
    /// 1. A program that ships another state of a rule pack has another version.
    public let codeVersion = 1
    /// `case_clocks`, `case_clock_revisions`, `case_tasks`, `case_rungs`, `case_cards`
    public let tables = ["case_clocks", "case_clock_revisions", "case_tasks", "case_rungs", "case_cards"]
    /// `case`
    public let category = CaseFold.category
    let packs: [RulePack]
    /// The calendars of the program.
    let shipped: ShippedCalendars?
    /// Open clocks that one portion of a calendar's amendment goes through.
    let portion: Int
    /// So many portions are gone through at once, where there is more than one.
    public let lanes: Int

    /// The projection, with the rule packs that come with the program and those that are given, and with the calendars
    /// that come with the program or others in their place.
    public init(packs: [RulePack] = [], portion: Int = 20_000, lanes: Int = 2, calendars: ShippedCalendars? = nil) {
        self.packs = packs + Self.shippedPacks
        self.portion = portion
        self.lanes = lanes
        self.shipped = calendars
    }

    /// The names of the rungs that its rule packs know, sorted.
    public var rungNames: [String] { Set(packs.flatMap { $0.ladders.values.joined() }.map(\.name)).sorted() }

    private static let shippedPacks = RulePackLibrary.shipped.compactMap { try? RulePackLibrary.pack($0) }

    /// Reads events once for all.
    public func prepare(_ events: [RecordedEvent], _ shared: SharedReadings) { CaseFold.prepare(events, shared) }

    /// Folds a batch.
    public func apply(_ events: [RecordedEvent], in target: ProjectionTarget) async throws {
        guard let first = events.first, let last = events.last else { return }
        let known = try await law(in: target, through: target.through ?? last.position)
        try refuseUnreadableCalendars(events)
        let store = ClockStore(target)
        try await store.preferIndexes()
        let done = try await noteRevisions(first: first, last: last, known, store)
        // A case of which the batch brings steps alone stays as it is.
        var touched: [String] = []
        var before: [String: Int64] = [:]
        var moved: [String: CaseHead] = [:]
        for event in events where CaseFold.isCase(event) {
            let stream = event.stream.rawValue
            guard event.version == 1 || event.type != Case.Coding.stepRecorded else {
                moved[stream] = CaseHead(event)
                continue
            }
            if before.updateValue(before[stream] ?? event.position, forKey: stream) == nil { touched.append(stream) }
        }
        try await store.noteHeads(moved.filter { before[$0.key] == nil })
        if touched.isEmpty { return }
        let begun = CaseFold.begun(events)
        var cases = try await store.timelines(touched.filter { !begun.contains($0) }, before: before)
        for stream in touched where begun.contains(stream) { cases[stream] = CaseTimeline(stream: stream) }
        var ends: [String: RecordedEvent] = [:]
        for event in events where CaseFold.isCase(event) {
            let stream = event.stream.rawValue
            guard before[stream] != nil else { continue }
            ends[stream] = event
            try poisoning(event) {
                let read = event.type == Case.Coding.stepRecorded ? nil : try target.caseEvent(event)
                try fold(event, as: read, into: &cases[stream, default: CaseTimeline(stream: stream)], known)
            }
        }
        // A case that was set aside while a calendar changed has that still before it.
        for stream in touched {
            guard var timeline = cases[stream], let last = timeline.last else { continue }
            let codes = (try? timeline.calendars(known)) ?? []
            let missed = known.boundaries(codes, after: last) { $0.since <= done[$0.calendar] ?? .earliest }
            if missed.isEmpty { continue }
            try poisoning(ends[stream]) {
                for boundary in missed {
                    try timeline.look(at: boundary.since, known, reason: boundary.reason, position: boundary.position)
                }
            }
            cases[stream] = timeline
        }
        try await store.write(touched.compactMap { cases[$0] }, new: begun)
    }

    /// One event: what calendars have become since the case's last one comes first.
    private func fold(
        _ event: RecordedEvent,
        as read: Case.Event?,
        into timeline: inout CaseTimeline,
        _ known: KnownLaw
    ) throws {
        var moment = event.recordedAt
        if let last = timeline.last {
            let (codes, place) = (try timeline.calendars(known), KnownLaw.Place(event))
            for boundary in known.boundaries(codes, after: last, where: { !$0.isAfter(place) }) {
                try timeline.look(at: boundary.since, known, reason: boundary.reason, position: boundary.position)
                moment = max(moment, boundary.since)
            }
        }
        guard try timeline.take(event, as: read) else { return }
        try timeline.look(at: moment, known, reason: event.type.rawValue, position: event.position)
    }

    /// What goes wrong with an event of a case sets the case aside.
    private func poisoning(_ event: RecordedEvent?, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            guard let event, let reason = Self.flaw(error) else { throw error }
            throw PoisonEvent(position: event.position, reason: reason)
        }
    }

    /// What is wrong with a case, where an error says that it concerns one case alone.
    static func flaw(_ error: any Error) -> String? {
        switch error {
        case let error as UnreadableEvent: error.description
        case let error as KnownLaw.Unknown: error.reason
        case let error as ClockProblem: error.description
        case let error as WorkingTimeError: error.description
        default: nil
        }
    }

    private func refuseUnreadableCalendars(_ events: [RecordedEvent]) throws {
        for event in events where event.stream.category == CalendarStream.category {
            do {
                _ = try CalendarEventCoding.decode(event)
            } catch let error as UnreadableEvent {
                throw PoisonEvent(position: event.position, reason: error.description)
            }
        }
    }

    /// What was known by the events of calendars through a position.
    func law(in target: ProjectionTarget, through position: Int64) async throws -> KnownLaw {
        let all: [RecordedEvent]
        do {
            all = try await target.events(category: CalendarStream.category, through: .max)
        } catch let error as UnreadableRow {
            throw PoisonEvent(position: error.position, reason: "unreadable: \(error.reason)")
        }
        // What a log is begun with holds from its first event on, also where it was recorded behind others.
        let events = all.filter { $0.position <= position || Self.isBeginning($0) }
        let shipped = if let shipped { shipped } else { try ShippedCalendars.program() }
        return try await LawCache.shared.law(target, packs, shipped, events)
    }

    private static func isBeginning(_ event: RecordedEvent) -> Bool {
        guard event.type == CalendarEventCoding.adopted, let read = try? CalendarEventCoding.decode(event),
            case .adopted(let adoption) = read.fact
        else { return false }
        return adoption.known == .notice
    }
}

/// The law of the last batch, kept while no calendar has changed: making all calendars takes milliseconds.
actor LawCache {
    static let shared = LawCache()

    private struct Kept {
        let events: [RecordedEvent]
        let packs: [String]
        let shipped: Digest
        let law: KnownLaw
    }

    private var kept: [LogID: Kept] = [:]

    func law(
        _ target: ProjectionTarget,
        _ packs: [RulePack],
        _ shipped: ShippedCalendars,
        _ events: [RecordedEvent]
    ) async throws -> KnownLaw {
        let digests = packs.map(\.digest)
        let zone = try await ClockStore(target).zone()
        if let kept = kept[target.log], kept.events == events, kept.packs == digests, kept.shipped == shipped.digest,
            kept.law.zone == zone
        {
            return kept.law
        }
        let law = try KnownLaw(zone: zone, packs: packs, shipped: shipped, events: events)
        kept[target.log] = Kept(events: events, packs: digests, shipped: shipped.digest, law: law)
        return law
    }
}
