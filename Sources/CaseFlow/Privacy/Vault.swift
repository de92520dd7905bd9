import EventStore
import Foundation
import WorkingTime

/// The privacy vault of a log: seals personal data for the log's events, opens it again, records looks, and erases.
///
///     let sealed = try await vault.register(data)            // into the event of the case
///     let data = try await vault.open(sealed)                // for the officer who works on the case
///     let shown = try await vault.look(at: sealed, look)     // for everybody else; recorded first
///
/// Each subject has a key of its own. Keys are read from the database whenever they are needed and not kept, so that
/// one that was erased is gone for every process at once. Safe to use from any number of tasks and processes.
///
/// Errors of all methods: ``VaultProblem``, `PostgresError`, and what a method names besides.
public struct Vault: Sendable {
    /// The log.
    public let log: EventLog
    let key: MasterKey
    let store: VaultStore
    let clock: RecordingClock
    let handler: CommandHandler<Subject, SubjectEventCoding>
    private let registrar: VaultRegistrar

    /// A vault. Nothing is read yet; the first use tells whether the master key is the right one.
    /// - Parameters:
    ///   - key: the master key; a vault that nothing was put into yet takes it for its own.
    ///   - random: for new subjects and their keys.
    public init(
        _ log: EventLog,
        key: MasterKey,
        random: VaultRandom = .system,
        clock: RecordingClock = .system
    ) {
        (self.log, self.key, self.clock) = (log, key, clock)
        store = VaultStore(log: log)
        handler = CommandHandler(Subject.self, SubjectEventCoding.self, on: log, cachedStates: 2000)
        registrar = VaultRegistrar(store, key, random, clock)
    }

    /// Seals personal data, for an event.
    ///
    /// A subject with an identity number or a credit code is found again by it, whatever else has changed. One without is a
    /// new subject each time, unless `subject` names it: a command that may be repeated names it from its own id
    /// (``SubjectID/init(nameBased:)``), and so finds what its first run has made. `subject` is also what a new subject
    /// with a number is called. The same data of the same subject gives the same box, so the same event.
    ///
    /// The data is in the vault when this returns. Should the event never be stored, a key without an event is left, which
    /// the next registration of the same subject uses, and `audit` finds. Calls that come at once share a transaction.
    ///
    /// Errors: ``VaultProblem/otherNumber(_:)``; ``VaultProblem/noSuchSubject(_:_:)`` for a subject that was erased.
    public func register(_ data: PersonalData, as subject: SubjectID? = nil) async throws -> SealedPerson {
        try await registrar.register(VaultRegistrar.Entry(data: data, wanted: subject))
    }

    /// Opens personal data, for the work on the case that it stands in. Not recorded: whoever is not at work on the case
    /// is shown it by `look`. Errors: ``Subject/Rejection/erased(on:)`` after an erasure.
    public func open(_ sealed: SealedPerson) async throws -> PersonalData {
        let row = try await row(of: sealed.subject)
        return try sealed.opened(under: key.subjectKey(of: row, in: log.id.rawValue), in: log.id.rawValue)
    }

    /// Opens the data of many, for a list, in one question to the database. Not recorded, as with `open`. Those that were
    /// erased are not in the answer.
    public func open(_ sealed: [SealedPerson]) async throws -> [SealedPerson: PersonalData] {
        let rows = try await store.rows(Array(Set(sealed.map(\.subject))))
        if !rows.isEmpty { try await checkKey() }
        let known = Dictionary(uniqueKeysWithValues: rows.map { ($0.subject, $0) })
        var opened: [SealedPerson: PersonalData] = [:]
        for person in Set(sealed) {
            guard let row = known[person.subject] else { continue }
            let own = try key.subjectKey(of: row, in: log.id.rawValue)
            opened[person] = try person.opened(under: own, in: log.id.rawValue)
        }
        return opened
    }

    /// The latest data that was registered of a subject, sealed. Errors: as `open`.
    public func latest(_ subject: SubjectID) async throws -> SealedPerson {
        SealedPerson(subject: subject, box: try await row(of: subject).box)
    }

    /// A subject's row under this vault's master key.
    func row(of subject: SubjectID) async throws -> VaultRow {
        // What is recorded counts before what is in the table: an erasure is recorded first.
        let state = try await handler.load(subject.stream).state
        if let erasure = state.erasure { throw Subject.Rejection.erased(on: erasure.on) }
        guard let row = try await store.rows([subject]).first else {
            // It may have been erased since the state was read.
            let fresh = CommandHandler(Subject.self, SubjectEventCoding.self, on: log)
            if let erasure = try await fresh.load(subject.stream).state.erasure {
                throw Subject.Rejection.erased(on: erasure.on)
            }
            throw VaultProblem.noSuchSubject(subject, log.id)
        }
        if row.masterKeyID != key.id {
            throw VaultProblem.otherMasterKey(log.id, needs: row.masterKeyID, given: key.id)
        }
        return row
    }

    /// Which master key this vault was opened with.
    public var masterKeyID: String { key.id }

    /// Refuses a master key that is not the vault's. Fine for a vault that nothing was put into yet.
    public func checkKey() async throws {
        guard let needed = try await store.masterKeyID(), needed != key.id else { return }
        throw VaultProblem.otherMasterKey(log.id, needs: needed, given: key.id)
    }

    /// Whether anything was ever put into the vault of a log; its master key's id, or nil.
    public static func masterKeyID(of log: EventLog) async throws -> String? {
        try await VaultStore(log: log).masterKeyID()
    }
}
