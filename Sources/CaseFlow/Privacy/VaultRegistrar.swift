import EventStore
import Foundation
import PostgresClient

/// Takes personal data in: collects what is waiting and brings it into the vault in one transaction, while the next
/// collects. A lone one goes at once.
actor VaultRegistrar {
    /// What is to be taken in.
    struct Entry: Sendable {
        let data: PersonalData
        let wanted: SubjectID?
    }

    private struct Waiting {
        let entry: Entry
        let done: CheckedContinuation<SealedPerson, any Error>
    }

    private let store: VaultStore
    private let key: MasterKey
    private let random: VaultRandom
    private let clock: RecordingClock
    private var waiting: [Waiting] = []
    private var isWorking = false

    /// The most entries of one transaction.
    static let batch = 500
    static let tries = 8
    /// A row that is used again within this time is not written again for it, in microseconds.
    static let staleness: Int64 = 3_600_000_000

    init(_ store: VaultStore, _ key: MasterKey, _ random: VaultRandom, _ clock: RecordingClock) {
        (self.store, self.key, self.random, self.clock) = (store, key, random, clock)
    }

    func register(_ entry: Entry) async throws -> SealedPerson {
        try await withCheckedThrowingContinuation { done in
            waiting.append(Waiting(entry: entry, done: done))
            if isWorking { return }
            isWorking = true
            Task { await self.work() }
        }
    }

    private func work() async {
        while !waiting.isEmpty {
            let part = Array(waiting.prefix(Self.batch))
            waiting.removeFirst(part.count)
            do {
                let results = try await store(part.map(\.entry))
                for (one, result) in zip(part, results) { one.done.resume(with: result.mapError { $0 as any Error }) }
            } catch {
                for one in part { one.done.resume(throwing: error) }
            }
        }
        isWorking = false
    }

    /// Brings entries in, in their order. Some may be refused without harm to the others.
    func store(_ entries: [Entry]) async throws -> [Result<SealedPerson, VaultProblem>] {
        for _ in 0..<Self.tries {
            let now = clock.now()
            do {
                return try await store.log.pool.transaction { transaction in
                    try await attempt(entries, transaction, now)
                }
            } catch is Overtaken {
                continue
            } catch let error as PostgresError
                where error.sqlState == .uniqueViolation || error.sqlState == .deadlockDetected
            {
                // Somebody else brings the same subjects in at this moment: what they have done counts.
                continue
            }
        }
        throw VaultProblem.contention(tries: Self.tries)
    }

    private func attempt(
        _ entries: [Entry],
        _ transaction: PostgresTransaction,
        _ now: Timestamp
    ) async throws -> [Result<SealedPerson, VaultProblem>] {
        try await store.enter(transaction, key, now: now)
        let log = store.log.id
        let indexes = entries.map { entry in
            entry.data.searchText.map { key.blindIndex($0, in: log.rawValue) }
        }
        let wanted = entries.compactMap(\.wanted)
        let known = try await store.rows(transaction, indexes: indexes.compactMap(\.self), subjects: wanted)
        var book = VaultBook(known, log: log.rawValue, key: key, now: now)
        // One that was named, has been looked at and is not in the vault was erased: it does not come back under that name.
        let gone = try await store.streams(transaction, of: wanted.filter { !book.has($0) })
        var results: [Result<SealedPerson, VaultProblem>] = []
        for (entry, index) in zip(entries, indexes) {
            do throws(VaultProblem) {
                if let wanted = entry.wanted, gone.contains(wanted) { throw .noSuchSubject(wanted, log) }
                results.append(.success(try book.take(entry, index, random)))
            } catch {
                results.append(.failure(error))
            }
        }
        let (added, changed) = (book.added, book.changed)
        guard try await store.insert(transaction, added) == added.count,
            try await store.update(transaction, changed) == changed.count
        else { throw Overtaken() }
        return results
    }

    /// Somebody else was faster, and nothing of this attempt may be kept.
    private struct Overtaken: Error {}
}

/// The rows that one transaction works on.
struct VaultBook {
    private let log: String
    private let key: MasterKey
    private let now: Timestamp
    private var rows: [SubjectID: VaultRow] = [:]
    private var subjects: [[UInt8]: SubjectID] = [:]
    private var new: Set<SubjectID> = []
    private var touched: Set<SubjectID> = []

    init(_ known: [VaultRow], log: String, key: MasterKey, now: Timestamp) {
        (self.log, self.key, self.now) = (log, key, now)
        for row in known { put(row) }
    }

    private mutating func put(_ row: VaultRow) {
        rows[row.subject] = row
        if let index = row.blindIndex { subjects[index] = row.subject }
    }

    func has(_ subject: SubjectID) -> Bool { rows[subject] != nil }

    /// Rows to add, in an order in which two who add the same do not wait for each other crosswise.
    var added: [VaultRow] {
        new.compactMap { rows[$0] }.sorted {
            ($0.blindIndex ?? []).lexicographicallyPrecedes($1.blindIndex ?? [])
                || $0.blindIndex == $1.blindIndex && $0.subject < $1.subject
        }
    }

    /// Rows to write, by their ids.
    var changed: [VaultRow] { touched.subtracting(new).sorted().compactMap { rows[$0] } }

    /// Finds or makes the subject of an entry, and seals its data.
    mutating func take(
        _ entry: VaultRegistrar.Entry,
        _ index: [UInt8]?,
        _ random: VaultRandom
    ) throws(VaultProblem) -> SealedPerson {
        let found = index.flatMap { subjects[$0] }
        if let found, let wanted = entry.wanted, wanted != found, has(wanted) {
            throw VaultProblem.otherNumber(wanted)
        }
        let subject = found ?? entry.wanted ?? SubjectID(random)
        guard var row = rows[subject] else {
            let own = random.bytes(VaultCipher.keyLength)
            let sealed = SealedPerson(entry.data, of: subject, in: log, under: own)
            put(
                VaultRow(
                    subject: subject,
                    masterKeyID: key.id,
                    wrappedKey: key.wrap(own, of: subject, in: log),
                    blindIndex: index,
                    box: sealed.box,
                    usedAt: now
                )
            )
            new.insert(subject)
            return sealed
        }
        if let index, let has = row.blindIndex, has != index { throw VaultProblem.otherNumber(subject) }
        let own = try key.subjectKey(of: row, in: log)
        let sealed = SealedPerson(entry.data, of: subject, in: log, under: own)
        let isStale = now.microseconds - row.usedAt.microseconds > VaultRegistrar.staleness
        if row.box != sealed.box || index != nil && row.blindIndex == nil || isStale {
            row.box = sealed.box
            row.blindIndex = row.blindIndex ?? index
            row.usedAt = max(now, row.usedAt)
            put(row)
            touched.insert(subject)
        }
        return sealed
    }
}

extension MasterKey {
    /// The key of a row. Errors: ``VaultProblem/damagedKey(_:)``.
    func subjectKey(of row: VaultRow, in log: String) throws(VaultProblem) -> [UInt8] {
        do { return try unwrap(row.wrappedKey, of: row.subject, in: log) } catch { throw .damagedKey(row.subject) }
    }
}

extension SealedPerson {
    /// Seals data under a subject's own key.
    init(_ data: PersonalData, of subject: SubjectID, in log: String, under key: [UInt8]) {
        let box = VaultCipher.seal(
            VaultCipher.padded(data.plainText),
            under: key,
            about: Self.about(subject, log)
        )
        self.init(subject: subject, box: Data(box).base64EncodedString())
    }

    /// Opens the box with a subject's own key. Errors: ``VaultProblem/damaged(_:)``.
    func opened(under key: [UInt8], in log: String) throws(VaultProblem) -> PersonalData {
        guard let sealed = Data(base64Encoded: box),
            let padded = try? VaultCipher.open(Array(sealed), under: key, about: Self.about(subject, log)),
            let plain = VaultCipher.unpadded(padded),
            let data = PersonalData(plainText: plain)
        else { throw .damaged(subject) }
        return data
    }

    private static func about(_ subject: SubjectID, _ log: String) -> [UInt8] {
        Array("caseflow-personal-data/v1\n\(log)\n\(subject)\n".utf8)
    }
}
