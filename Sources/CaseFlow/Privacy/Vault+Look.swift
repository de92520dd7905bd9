import EventStore
import Foundation
import WorkingTime

extension Vault {
    /// What somebody was shown.
    public struct Shown: Sendable {
        /// Whose data it is.
        public let subject: SubjectID
        /// A person or an organisation.
        public let kind: PersonalData.Kind
        /// The values of the fields that were asked for and are there, in order.
        public let values: [(field: PersonalData.Field, value: String)]
        /// The position of the event that records the look.
        public let position: Int64?
        /// The reason as it was recorded: without the subject's own data.
        public let recordedReason: String
    }

    /// A look that is in the record.
    public struct RecordedLook: Sendable, Hashable {
        /// Who, as what, why, at what.
        public let look: Subject.Look
        /// When, as the database recorded it.
        public let recordedAt: Timestamp
        /// Its place in the log.
        public let position: Int64
    }

    /// Shows the latest data of a subject. See ``look(at:_:)-(SealedPerson,_)``.
    public func look(at subject: SubjectID, _ look: Subject.Look) async throws -> Shown {
        try Subject.checkLook(look)
        return try await self.look(at: try await latest(subject), look)
    }

    /// Shows personal data to somebody who does not work on the case: an inspector, an auditor.
    ///
    /// The look is recorded in the stream `subject/<id>` before this returns; what is returned after a failed record is an
    /// error and no data. The subject's own name, number, telephone and address are taken out of the reason first.
    ///
    /// Errors: ``Subject/Rejection``, `AppendError`.
    public func look(at sealed: SealedPerson, _ look: Subject.Look) async throws -> Shown {
        try Subject.checkLook(look)
        let data = try await open(sealed)
        var recorded = look
        recorded.why = data.redacting(look.why)
        let outcome = try await handler.handle(
            .look(recorded, at: clock.now()),
            on: sealed.subject.stream,
            actor: look.who,
            request: UUID()
        )
        return Shown(
            subject: sealed.subject,
            kind: data.kind,
            values: recorded.fields.compactMap { field in data[field].map { (field, $0) } },
            position: outcome.result?.firstPosition,
            recordedReason: recorded.why
        )
    }

    /// Who has looked at a subject's data, and the erasure if there was one; in the order of the record.
    public static func looks(
        at subject: SubjectID,
        in log: EventLog
    ) async throws -> (looks: [RecordedLook], erasure: Subject.Erasure?) {
        var looks: [RecordedLook] = []
        var state = Subject.initial
        for try await recorded in log.readStream(subject.stream) {
            let event = try SubjectEventCoding.decode(recorded)
            Subject.evolve(&state, event)
            guard case .lookedAt(let role, let why, let caseStream, let fields) = event.fact else { continue }
            looks.append(
                RecordedLook(
                    look: Subject.Look(who: event.actor, role: role, why: why, case: caseStream, fields: fields),
                    recordedAt: recorded.recordedAt,
                    position: recorded.position
                )
            )
        }
        return (looks, state.erasure)
    }

    /// Erases a subject: records it, then removes key, blind index and latest box. Every event stays as it is, and its
    /// boxes are noise from then on. Again, it finishes what a crash left undone.
    ///
    /// Errors: ``Subject/Rejection``, `AppendError`; ``VaultProblem/noSuchSubject(_:_:)``.
    /// - Parameter on: the day in the log's zone.
    /// - Returns: whether anything was there to be erased.
    public func erase(
        _ subject: SubjectID,
        reason: String,
        on day: CivilDate,
        actor: Actor,
        request: UUID
    ) async throws -> Bool {
        var reason = reason
        if try await handler.load(subject.stream).state.erasure == nil {
            try Subject.check(reason)
            do { reason = try await open(latest(subject)).redacting(reason) } catch {
                // What cannot be opened must be possible to erase all the same.
                switch error as? VaultProblem {
                case .damaged, .damagedKey: break
                default: throw error
                }
            }
        }
        _ = try await handler.handle(
            .erase(reason: reason, on: day, by: actor, at: clock.now()),
            on: subject.stream,
            actor: actor,
            request: request
        )
        return try await store.remove(subject)
    }
}

extension Subject {
    /// What can be said of a look before anything is opened, so that a refusal tells nothing of the data.
    static func checkLook(_ look: Look) throws(Rejection) {
        _ = try decide(.look(look, at: .earliest), initial)
    }
}

extension SealedPerson {
    /// The persons whose data stands in a stream's events, each with its latest box, in the order of their first
    /// appearance. Errors: `UnreadableEvent`.
    public static func all(in stream: StreamName, of log: EventLog) async throws -> [SealedPerson] {
        var order: [SubjectID] = []
        var latest: [SubjectID: SealedPerson] = [:]
        for try await recorded in log.readStream(stream) {
            let json: StoredJSON
            do { json = try StoredJSON(recorded.data) } catch { throw UnreadableEvent(recorded, "\(error)") }
            for person in all(in: json) {
                if latest[person.subject] == nil { order.append(person.subject) }
                latest[person.subject] = person
            }
        }
        return order.compactMap { latest[$0] }
    }
}
